"""What every data file becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Table:
    """The content of a data file.

    Parameters
    ----------
    X : array or sparse matrix (n_rows, n_features)
        Features, of any real type.
    y : array (n_rows,) or (n_rows, n_outputs), or None
        Targets; None if the file has none.
    feature_names : tuple of str, optional
        What the columns of X are called; None where the file has no names.
    weights : array (n_rows,), optional
        How much each row counts; all the same if None.

    Examples
    --------
    >>> import numpy as np
    >>> Table(np.eye(2), np.array([0, 1]), ("width", "height")).feature_names
    ('width', 'height')
    """

    X: NDArray[Any]
    y: NDArray[Any] | None
    feature_names: tuple[str, ...] | None = None
    weights: NDArray[Any] | None = None


def weighted(table: Table, name: str | None, path: str | Path | None) -> Table:
    """The table with one of its columns as the rows' weights.

    Parameters
    ----------
    table : Table
        Features with names.
    name : str or None
        The column; None leaves the table as it is.
    path : str, path or None
        The table's file, for messages.

    Raises
    ------
    ConfigError
        If there is no such column.

    Examples
    --------
    >>> table = weighted(Table(np.array([[1.0, 2.0]]), None, ("a", "w")), "w", "t.csv")
    >>> table.X, table.weights, table.feature_names
    (array([[1.]]), array([2.]), ('a',))
    """
    if name is None:
        return table
    names = table.feature_names or ()
    if name not in names:
        held = f"it has {', '.join(names)[:200]}" if names else "it has no named columns"
        raise ConfigError(f"{path or 'the digits'}: weights names no column, {name!r}; {held}")
    at = names.index(name)
    return replace(
        table, X=np.delete(table.X, at, axis=1), weights=table.X[:, at].copy(),
        feature_names=(*names[:at], *names[at + 1 :]),
    )


def as_labels(y: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers as integers, others as they are.

    Parameters
    ----------
    y : array (n_rows,) of float
        Finite numbers.

    Returns
    -------
    array (n_rows,)
        int64 if all are whole and below 2^53, else y itself.

    Examples
    --------
    >>> as_labels(np.array([1.0, 0.0])), as_labels(np.array([0.5, 1.0]))
    (array([1, 0]), array([0.5, 1. ]))
    """
    whole = np.all(np.abs(y) < 2**53) and np.all(y == np.rint(y))
    return y.astype(np.int64) if whole else y
