"""Numbers between blanks, without a header: the form of the paper's two text files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.readers.npy import check_lengths
from fastavg.data.readers.suffixes import Request, reads
from fastavg.data.table import Table
from fastavg.errors import DataError


@reads(".txt")
def read_number_text(path: Path, request: Request) -> Table:
    """X of one file, and the file of the answers beside it as y.

    ``digitInput.txt`` finds ``digitOutput.txt``; ``request.target`` may name another file.
    Where a row of answers has one 1 among zeros, y is the number of its column, counted
    from 1, and the last column stands for 0, as in the paper's digits.

    Parameters
    ----------
    path : Path
        The file of X.
    request : Request
        Its target is the path of the file of the answers; the one beside it if not given.

    Returns
    -------
    Table
        X (n_rows, n_features) of float64, and y (n_rows,) or (n_rows, n_outputs).

    Raises
    ------
    DataError
        If a line holds anything but numbers; names it.
    """
    X = _numbers(path)
    answers = _answers_of(path) if request.target is None else Path(request.target)
    if answers is None:
        return Table(X, None)
    Y = _numbers(answers)
    check_lengths(X, Y, f"{path} and {answers}")
    if Y.shape[1] == 1:
        y = Y[:, 0]
        return Table(X, y.astype(np.int64) if np.all(y == np.rint(y)) else y)
    if np.all((Y == 0) | (Y == 1)) and np.all(Y.sum(axis=1) == 1):
        return Table(X, (Y.argmax(axis=1) + 1) % Y.shape[1])
    return Table(X, Y)


def _answers_of(path: Path) -> Path | None:
    other = path.with_name(path.name.replace("Input", "Output").replace("input", "output"))
    return other if other != path and other.exists() else None


def _numbers(path: Path) -> NDArray[Any]:
    try:
        values = np.loadtxt(path, ndmin=2, comments=None)
    except (ValueError, UnicodeError):
        values = np.empty((0, 0))
    if values.size and np.isfinite(values).all():
        return values
    width = 0
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            cells = line.split()
            for at, cell in enumerate(cells):
                if not _is_finite(cell):
                    raise DataError(
                        f"{path}, line {number}, column {at} holds {cell[:40]!r}; "
                        "it must be a finite number"
                    )
            if cells and len(cells) != (width := width or len(cells)):
                raise DataError(
                    f"{path}, line {number}: {len(cells)} numbers; the lines before have {width}"
                )
    raise DataError(f"{path} holds no numbers; rows of numbers between blanks are needed")


def _is_finite(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
