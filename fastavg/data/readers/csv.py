"""CSV files of numbers with a header."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError


def read_csv(path: Path, target: str | None) -> Table:
    """The columns of a file; the target's one is y, the others are X in their order.

    Raises
    ------
    DataError
        If a cell is no finite number; names line and column.
    ConfigError
        If there is no such target column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text; a .csv file must be") from None
    names = _header(path, text)
    if target is not None and target not in names:
        raise ConfigError(
            f"{path} has no column {target!r}; its columns are {', '.join(names)[:200]}"
        )
    values = _numbers(path, text, names)
    if target is None:
        return Table(values, None, names)
    at = names.index(target)
    kept = tuple(name for name in names if name != target)
    return Table(np.delete(values, at, axis=1), as_labels(values[:, at]), kept)


def as_labels(y: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers as integers, others as they are.

    >>> as_labels(np.array([1.0, 0.0])), as_labels(np.array([0.5, 1.0]))
    (array([1, 0]), array([0.5, 1. ]))
    """
    whole = np.all(np.abs(y) < 2**53) and np.all(y == np.rint(y))
    return y.astype(np.int64) if whole else y


def _header(path: Path, text: str) -> tuple[str, ...]:
    first = next(csv.reader(io.StringIO(text)), [])
    names = tuple(name.strip() for name in first)
    if not names or all(_is_number(name) for name in names):
        raise DataError(f"{path} has no header; its first line must name the columns")
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{path} has two columns {name!r}; each needs a name of its own")
    return names


def _numbers(path: Path, text: str, names: tuple[str, ...]) -> NDArray[np.float64]:
    if not text.partition("\n")[2].strip():
        raise DataError(f"{path} has a header and no rows; at least one is needed")
    try:
        values = np.loadtxt(
            io.StringIO(text), delimiter=",", skiprows=1, ndmin=2, comments=None, quotechar='"'
        )
    except ValueError:
        _find_fault(path, text, names)
    if values.shape[1] != len(names) or not np.isfinite(values).all():
        _find_fault(path, text, names)
    return values


def _find_fault(path: Path, text: str, names: tuple[str, ...]) -> NoReturn:
    """Name the first cell that is no finite number."""
    reader = csv.reader(io.StringIO(text))
    next(reader)
    for cells in reader:
        if not cells:
            continue
        line = reader.line_num
        if len(cells) != len(names):
            raise DataError(
                f"{path}, line {line}: {len(cells)} values for {len(names)} columns; "
                "each line needs one for each"
            )
        for name, cell in zip(names, cells, strict=True):
            if not _is_number(cell) or not np.isfinite(float(cell)):
                what = "is empty" if not cell.strip() else f"holds {cell.strip()[:40]!r}"
                raise DataError(
                    f"{path}, line {line}, column {name!r} {what}; it must be a finite number"
                )
    raise DataError(f"{path} is not a table of numbers separated by commas")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
