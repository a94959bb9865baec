"""From the columns of a table to the inputs of networks, with NumPy alone.

The text of this module becomes part of the Python files that
:mod:`fastavg.models.script_table` writes, so it uses nothing else of fastavg.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np

MISSING = {"", "?", "#N/A", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "<NA>"}
# Of two levels, an unknown one and a missing value.
SIGNS = np.array([-1.0, 1.0, 0.0, 0.0])
# A uniform distribution from -sqrt(3) to sqrt(3) has variance 1.
REACH = 3**0.5


def encode(table: Any, features: list[dict[str, Any]], arrays: Mapping[str, Any]) -> Any:
    """The inputs of the networks for the rows of a table.

    Parameters
    ----------
    table : DataFrame, dict of columns, or list of rows
        Columns by name, or rows that are dicts; other columns are not looked at.  None, NaN and
        empty text are missing; dates are datetime objects, or text as ``2026-01-31``.
    features : list of dict
        Column, part and transforms of each, as :mod:`fastavg.data.preprocessing.stored` has
        them, with names in ``arrays`` in place of lists of numbers.
    arrays : mapping of str to array
        Those arrays.

    Returns
    -------
    array (n_rows, n_inputs) of float64
        A row for each row of the table.

    Raises
    ------
    ValueError
        If a column is missing, or a value is not what the model was trained on.

    Examples
    --------
    >>> sign = {"name": "sign", "levels": ["no", "yes"]}
    >>> scaled = {"name": "scaled", "center": 1.0, "factor": 2.0, "limit": 0.0}
    >>> features = [{"column": "new", "part": "category", "transforms": [sign]},
    ...             {"column": "size", "part": "number", "transforms": [scaled]}]
    >>> encode([{"new": "yes", "size": 3}, {"new": None, "size": "1.5"}], features, {})
    array([[1., 4.],
           [0., 1.]])
    """
    columns = columns_of(table, [feature["column"] for feature in features])
    made = []
    for feature in features:
        name, part = feature["column"], feature["part"]
        if part in ("category", "boolean", "known"):
            values = codes_of(columns[name], part, feature["transforms"][0]["levels"])
        else:
            values = part_of(numbers_of(columns[name], name), part)
        made += [_transformed(values, transform, arrays) for transform in feature["transforms"]]
    return np.concatenate(made, axis=1)


def columns_of(table: Any, names: list[str]) -> dict[str, Any]:
    """The columns of a table that a model looks at.

    Parameters
    ----------
    table : DataFrame, dict of columns, or list of rows
        See :func:`encode`.
    names : list of str
        The columns' names.

    Returns
    -------
    dict of str to sequence
        Columns of the same length, by name.

    Raises
    ------
    ValueError
        If one is missing, or they have different lengths.
    """
    if isinstance(table, (list, tuple)):
        if not all(isinstance(row, Mapping) for row in table):
            raise ValueError("every row must be a dict with a value for each column")
        known = {name for row in table for name in row}
        columns = {name: [row.get(name) for row in table] for name in known}
    else:
        known = set(_names(table))
        columns = {name: table[name] for name in names if name in known}
    for name in names:
        if name not in columns:
            raise ValueError(f"the table has no column {name!r}, which the model was trained on")
    lengths = {len(columns[name]) for name in names}
    if len(lengths) > 1:
        raise ValueError(f"the columns have {sorted(lengths)} values; all need the same number")
    return columns


def numbers_of(column: Any, name: str) -> Any:
    """A column as numbers; dates as days since 1970.

    Parameters
    ----------
    column : sequence
        Numbers, dates, or text that spells them.
    name : str
        The column's name, for messages.

    Returns
    -------
    array (n_rows,) of float64
        NaN where the value is missing.

    Raises
    ------
    ValueError
        If a value is neither a finite number nor a date; names row and column.
    """
    if not isinstance(column, (list, tuple)):
        array = np.asarray(column)
        if array.dtype.kind == "M":
            days = array.astype("datetime64[us]").astype(np.float64) / 86_400e6
            return np.where(np.isnat(array), np.nan, days)
        column = array.tolist()
    numbers = np.empty(len(column))
    for row, value in enumerate(column):
        try:
            numbers[row] = np.nan if is_missing(value) else _number(value)
        except (TypeError, ValueError):
            numbers[row] = np.inf
        if np.isinf(numbers[row]):
            raise ValueError(
                f"row {row}, column {name!r} holds {value!r}; it must be a finite number or a date"
            )
    return numbers


def codes_of(column: Any, part: str, levels: list[str]) -> Any:
    """The place of each value among the levels that training saw.

    Parameters
    ----------
    column : sequence
        Text, numbers or truth values.
    part : str
        ``category``, ``boolean``, or ``known`` (whether a value is there).
    levels : list of str
        The levels.

    Returns
    -------
    array (n_rows,) of int
        The number of levels for any other value, -1 for a missing one.
    """
    values = column if isinstance(column, (list, tuple)) else np.asarray(column).tolist()
    place = {level: at for at, level in enumerate(levels)}
    codes = np.empty(len(values), np.int64)
    for row, value in enumerate(values):
        text = None if is_missing(value) else _level(value)
        if part == "known":
            codes[row] = -1 if text is None else 0
        elif text in place:
            codes[row] = place[text]
        else:
            # As a file would be read: without blanks, and some words stand for missing values.
            text = "" if text is None else text.strip()
            text = text.lower() if part == "boolean" else text
            codes[row] = -1 if text in MISSING else place.get(text, len(levels))
    return codes


def part_of(days: Any, part: str) -> Any:
    """A number as it is, or a part of a date.

    Parameters
    ----------
    days : array (n_rows,) of float64
        Numbers, or days since 1970.
    part : str
        ``number``, ``day``, ``weekday``, ``year_day`` or ``hour``.

    Returns
    -------
    array (n_rows,) of float64
        NaN where it is missing.
    """
    if part in ("number", "day"):
        return days
    whole = np.floor(days)
    if part == "hour":
        return (days - whole) * 24
    if part == "weekday":
        return (whole + 3) % 7
    known = np.where(np.isnan(days), 0, whole).astype(np.int64).astype("datetime64[D]")
    since = (known - known.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.float64)
    return np.where(np.isnan(days), np.nan, since)


def is_missing(value: Any) -> bool:
    """True for None, NaN, empty text and what other libraries have for them.

    Parameters
    ----------
    value : object
        A value of a table.
    """
    try:
        return value is None or bool(value != value) or (
            isinstance(value, str) and value.strip() == ""
        )
    except TypeError:
        # The missing value of pandas is neither equal to itself nor different.
        return True


def _names(table: Any) -> Any:
    # An Arrow table's columns are not its names.
    for attribute in ("column_names", "columns"):
        if hasattr(table, attribute):
            return getattr(table, attribute)
    return getattr(getattr(table, "dtype", None), "names", None) or table


def _number(value: Any) -> float:
    if isinstance(value, str):
        text = value.strip()
        if text in MISSING:
            return float("nan")
        if "_" in text:
            raise ValueError
        try:
            return float(text)
        except ValueError:
            value = datetime.datetime.fromisoformat(text)
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            # The name that older versions of Python have, too: the file runs anywhere.
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)  # noqa: UP017
        return float((value - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1))
    if isinstance(value, datetime.date):
        return float((value - datetime.date(1970, 1, 1)).days)
    return float(value)


def _level(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _transformed(values: Any, transform: dict[str, Any], arrays: Mapping[str, Any]) -> Any:
    name = transform["name"]
    if name == "sign":
        return SIGNS[values][:, None]
    if name == "one-hot":
        place = arrays[transform["places"]][values]
        known = np.flatnonzero(place >= 0)
        out = np.zeros((len(values), transform["width"]))
        out[known, place[known]] = 1
        return out
    missing = np.isnan(values)[:, None]
    if name == "missing-indicator":
        return missing.astype(np.float64)
    if name == "scaled":
        z = (values[:, None] - transform["center"]) * transform["factor"]
        if transform["limit"]:
            z = z / np.sqrt(1 + (z / transform["limit"]) ** 2)
        return np.where(missing, 0.0, z)
    edges = arrays[transform["edges"]]
    if name == "quantile":
        place = np.interp(values, edges, arrays[transform["places"]])[:, None]
        return np.where(missing, 0.0, (2 * place - 1) * REACH)
    within = np.clip((values[:, None] - edges[:-1]) / np.diff(edges), 0, 1)
    return np.where(missing, 0.0, 2 * within - 1)
