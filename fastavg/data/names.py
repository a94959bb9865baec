"""Columns found by name, wherever a table has names and a model knows them.

One rule for every reader of a model: a column that is missing is refused, one that the
model does not know is left out, and the order does not matter.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np

from fastavg.errors import ConfigError, DataError

# So many characters of a table's names are listed.
SHOWN = 200


def names_of(X: Any) -> tuple[Any, ...] | None:
    """The names of a table's columns; None for what has none.

    Parameters
    ----------
    X : table or array
        A pandas, polars or Arrow table, a NumPy array with named fields, or anything else.

    Returns
    -------
    tuple or None
        The names in their order, of whatever type the table has them.

    Examples
    --------
    >>> names_of(np.zeros(2, [("age", "f8"), ("height", "f4")]))
    ('age', 'height')
    """
    if isinstance(X, np.ndarray):
        fields: tuple[str, ...] | None = X.dtype.names
        return fields
    names = getattr(X, "column_names", None)
    if names is None:
        names = getattr(X, "columns", None)
    if names is None or callable(names) or isinstance(names, str):
        return None
    return tuple(names)


def no_such_column(where: str, name: str, names: Sequence[str]) -> ConfigError:
    """What to raise where a column that was asked for is not in a table.

    Parameters
    ----------
    where : str
        What the table is.
    name : str
        The column.
    names : sequence of str
        The table's columns.

    Returns
    -------
    ConfigError
        Names the nearest column if one is spelt nearly alike, and lists all.

    Examples
    --------
    >>> print(no_such_column("t.csv", "survived", ["Age", "Survived"]))
    t.csv has no column 'survived', but has 'Survived'; its columns are Age, Survived
    """
    listed = ", ".join(names)[:SHOWN]
    lower = {each.lower(): each for each in reversed(names)}
    near = difflib.get_close_matches(name.lower(), lower, 1)
    hint = f", but has {lower[near[0]]!r}" if near else ""
    return ConfigError(f"{where} has no column {name!r}{hint}; its columns are {listed}")


def check_distinct(names: Sequence[str], where: str) -> None:
    """Refuse columns of which two have the same name.

    Parameters
    ----------
    names : sequence of str
        What the columns are called; the time grows with their number, not with its square.
    where : str
        What the table is, for the message.

    Raises
    ------
    DataError
        With the first name that occurs again.

    Examples
    --------
    >>> check_distinct(["age", "height"], "people.csv")
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"{where} has two columns {name!r}; each needs a name of its own")
        seen.add(name)


def by_name(X: Any, known: Sequence[str] | None, where: str = "X") -> Any:
    """The columns that a model knows, in its order; X itself where either has no names.

    Parameters
    ----------
    X : table or array
        What the model is to predict from.
    known : sequence of str, optional
        What the model's columns are called.
    where : str, default 'X'
        What X is, for messages.

    Returns
    -------
    table or array
        The known columns; of an array with named fields, a matrix of them.

    Raises
    ------
    DataError
        If a column is missing, or two have the same name.

    Examples
    --------
    >>> table = np.array([(180.0, 40.0)], [("height", "f8"), ("age", "f8")])
    >>> by_name(table, ["age", "height"])
    array([[ 40., 180.]])
    """
    given = names_of(X)
    if given is None:
        return X
    if known is None:
        return _columns(X, given) if isinstance(X, np.ndarray) else X
    places: dict[str, Any] = {}
    twice: set[str] = set()
    for name in given:
        if str(name) in places:
            twice.add(str(name))
        places[str(name)] = name
    missing = [name for name in known if name not in places]
    if len(missing) == len(known) and not any(isinstance(name, str) for name in given):
        # Numbers that nobody chose are no names.
        return X
    if missing:
        raise DataError(_words(missing, [str(name) for name in given], known, where))
    for name in known:
        if name in twice:
            raise DataError(f"{where} has two columns {name!r}; the model takes one")
    if [str(name) for name in given] == list(known) and not isinstance(X, np.ndarray):
        return X
    return _columns(X, [places[name] for name in known])


def _words(
    missing: list[str], given: list[str], known: Sequence[str], where: str
) -> str:
    expected = set(known)
    unknown = [name for name in given if name not in expected]
    words = f"{where} has no column {missing[0]!r}, which the model was trained on"
    if len(missing) > 1:
        words += f" (nor {len(missing) - 1} more)"
    if unknown:
        words += f"; {', '.join(repr(name) for name in unknown)[:120]} it does not know"
    return words


def _columns(X: Any, names: Sequence[Any]) -> Any:
    if isinstance(X, np.ndarray):
        return np.stack([X[name] for name in names], axis=-1)
    if hasattr(X, "select") and not hasattr(X, "iloc"):
        return X.select(list(names))
    return X[list(names)]
