"""Tables on standard output, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

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


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().removesuffix("\n")
