"""Tables on standard output, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .output import write_line

# Rows that are written at once: a call for each would take longer than predicting it.
BLOCK = 4096


def write_rows(table: NDArray[Any], names: Sequence[Any] | None = None) -> None:
    """One line for each row, quoted where CSV needs it; ``names`` stand above.

    Parameters
    ----------
    table : array (n_rows,) or (n_rows, n_columns)
        Labels, numbers or probabilities.
    names : sequence
        One for each column.

    Raises
    ------
    OutputClosed
        If standard output is closed.
    """
    if names is not None:
        write_line(_lines([names]))
    rows = table[:, None] if table.ndim == 1 else table
    for start in range(0, len(rows), BLOCK):
        write_line(_lines(rows[start : start + BLOCK].tolist()))


def write_numbers(table: NDArray[np.floating]) -> None:
    """One line for each row of numbers, quickly: whole numbers stand without a point.

    Parameters
    ----------
    table : array (n_rows, n_columns)
        Numbers.

    Raises
    ------
    OutputClosed
        If standard output is closed.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    if not len(table):
        return
    columns = pa.table({str(at): column for at, column in enumerate(table.T)})
    text = io.BytesIO()
    arrow.write_csv(columns, text, arrow.WriteOptions(include_header=False))
    write_line(text.getvalue().decode().removesuffix("\n"))


def fields(values: Iterable[Any]) -> list[str]:
    """Each value as a field of CSV, quoted where it is needed.

    Parameters
    ----------
    values : iterable
        Labels or names.

    Examples
    --------
    >>> fields(["a", "b,c", 3])
    ['a', '"b,c"', '3']
    """
    return [_lines([[value]]) for value in values]


def write_fields(values: list[str], between: str = "\n") -> None:
    """Fields of CSV, one on a line.

    Parameters
    ----------
    values : list of str
        What :func:`fields` gave.
    between : str
        What parts them; a comma puts all of them on one line.

    Raises
    ------
    OutputClosed
        If standard output is closed.
    """
    if values:
        write_line(between.join(values))


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().removesuffix("\n")
