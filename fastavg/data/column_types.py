"""Columns of text that are numbers, dates or empty after all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fastavg.data.frame import Frame
from fastavg.data.spelling import parse_number

SAMPLE = 1000
# From so large a part of numbers on, the rest are mistakes and not categories.
NUMERIC = 0.9
MISSING = frozenset({"", "?", "#N/A", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "<NA>"})
DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M",
)


def with_types(frame: Frame) -> Frame:
    """The frame with text that stands for numbers or dates turned into them.

    Parameters
    ----------
    frame : Frame
        Columns as a file spells them.

    Returns
    -------
    Frame
        The same frame where no column of text is anything else.

    Raises
    ------
    DataError
        If a column of numbers holds text in a few rows; names the first of them.

    Examples
    --------
    >>> import pyarrow as pa
    >>> frame = Frame(pa.table({"price": ["1.5", " ", "2"]}))
    >>> with_types(frame).numbers("price")
    array([1.5, nan, 2. ])
    """
    columns = frame.columns
    for at, name in enumerate(frame.names):
        if frame.kind(name) == "text":
            made = _better(frame, name)
            if made is not None:
                columns = columns.set_column(at, name, made)
    return frame if columns is frame.columns else replace(frame, columns=columns)


def _better(frame: Frame, name: str) -> Any:
    """The column in its true type; None if it stays as it is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = frame.columns.column(name)
    if pa.types.is_dictionary(column.type):
        return None
    places = np.unique(np.linspace(0, len(column) - 1, SAMPLE).astype(np.int64))
    # As a buffer: an array made of a NumPy array would import pandas, which takes a while.
    at = pa.Array.from_buffers(pa.int64(), len(places), [None, pa.py_buffer(places)])
    sample = [value for value in column.take(at).to_pylist() if value is not None]
    stripped = [value.strip() for value in sample]
    trimmed = None
    if stripped != sample or any(value in MISSING for value in stripped) or not sample:
        trimmed = pc.utf8_trim_whitespace(column)
        markers = pa.array(sorted(MISSING), trimmed.type)
        trimmed = pc.if_else(pc.is_in(trimmed, markers), pa.scalar(None, trimmed.type), trimmed)
        stripped = [value for value in stripped if value not in MISSING]
        if not stripped and trimmed.null_count == len(trimmed):
            return pa.chunked_array([pa.nulls(len(trimmed))])
    if stripped and sum(_is_number(value) for value in stripped) >= NUMERIC * len(stripped):
        made = frame if trimmed is None else replace(
            frame, columns=frame.columns.set_column(frame.names.index(name), name, trimmed)
        )
        numbers = made.numbers(name)
        return pa.chunked_array([pa.array(numbers, from_pandas=True)])
    dates = _dates(column if trimmed is None else trimmed, stripped)
    return trimmed if dates is None else dates


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except ValueError:
        return False
    return True


def _dates(column: Any, sample: list[str]) -> Any:
    """The column as dates, if one form fits all of it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not sample or not all(value[:1].isdigit() for value in sample):
        return None
    for form in DATES:
        try:
            made = pc.strptime(column, format=form, unit="s", error_is_null=True)
        except pa.ArrowInvalid:
            continue
        if made.null_count == column.null_count:
            return made
    return None
