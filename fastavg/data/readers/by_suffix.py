"""Data files: which reader takes which, and several files as one table."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fastavg.data.frame import Frame
from fastavg.data.readers.regular_file import unchanged
from fastavg.data.readers.suffixes import BAD_ROWS, Request, reader_of
from fastavg.data.sparse_rows import is_sparse
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError

Paths = str | Path | Sequence[str | Path]


def read(data: Paths, request: Request | None = None) -> Table | Frame:
    """Read a data file, or several as one.

    Parameters
    ----------
    data : str, path or sequence of them
        Files; a name with ``*``, ``?`` or ``[...]`` stands for all files that it fits.
    request : Request, optional
        What is wanted of the files.

    Returns
    -------
    Frame or Table
        Named columns of CSV, Parquet, Arrow and JSON-lines files, or arrays X and y.

    Raises
    ------
    DataError
        If a file cannot be read; names line and column where there are any.
    ConfigError
        If the target is not there.
    """
    request = request or Request()
    if request.bad_rows not in BAD_ROWS:
        raise ConfigError(
            f"bad_rows {request.bad_rows!r} is unknown; choose {', '.join(BAD_ROWS)}"
        )
    paths = expand(data)
    parts = [_read_one(path, request) for path in paths]
    return parts[0] if len(parts) == 1 else _joined(parts, paths)


def read_table(path: Paths, target: str | None = None) -> Table:
    """Read numbers: a matrix X and, if there is a target, y.

    Parameters
    ----------
    path : str, path or sequence of them
        See :func:`read`.  ``.npy`` and ``.npz`` without compression are mapped into memory.
    target : str, optional
        The column of a file with named columns, or the ``.npy`` file, that becomes ``y``.

    Returns
    -------
    Table
        X of float64, or of the arrays' own dtype, and y.

    Raises
    ------
    DataError
        If the file cannot be read, or holds anything but finite numbers.
    """
    made = read(path, Request(target))
    return made.arrays(target) if isinstance(made, Frame) else made


def expand(data: Paths) -> list[Path]:
    """The files that names and patterns stand for, those of a pattern in alphabetical order.

    Parameters
    ----------
    data : str, path or sequence of them
        Files; a name with ``*``, ``?`` or ``[...]`` stands for all files that it fits.

    Returns
    -------
    list of Path
        The files, in the order in which they were named.

    Raises
    ------
    DataError
        If no file fits a pattern.
    """
    if not isinstance(data, (str, Path)):
        paths = [path for each in data for path in expand(each)]
        if not paths:
            raise DataError("no data file was named; at least one is needed")
        return paths
    path = Path(data)
    if not glob.has_magic(str(path)) or path.exists():
        return [path]
    found = sorted(glob.glob(str(path), recursive=True))
    if not found:
        raise DataError(f"no file fits the pattern {path}")
    return [Path(each) for each in found]


def _read_one(path: Path, request: Request) -> Table | Frame:
    try:
        with unchanged(path):
            return reader_of(path)(path, request)
    except OSError as error:
        name = error.filename or path
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from None


def _joined(parts: list[Table | Frame], paths: list[Path]) -> Table | Frame:
    frames = [part for part in parts if isinstance(part, Frame)]
    if len(frames) == len(parts):
        return _stacked(frames)
    tables = [part for part in parts if isinstance(part, Table)]
    if len(tables) < len(parts):
        raise DataError(
            f"{paths[0]} and {paths[-1]} are of different kinds; files that are one data set "
            "must all have named columns, or none"
        )
    for table, path in zip(tables, paths, strict=True):
        if table.X.shape[1:] != tables[0].X.shape[1:] or (table.y is None) != (tables[0].y is None):
            raise DataError(f"{path} has other columns than {paths[0]}; all files need the same")
    first = tables[0]
    y = None if first.y is None else np.concatenate([t.y for t in tables if t.y is not None])
    if is_sparse(first.X):
        from scipy.sparse import vstack

        return Table(vstack([table.X for table in tables], "csr"), y, first.feature_names)
    return Table(np.concatenate([table.X for table in tables]), y, first.feature_names)


def _stacked(frames: list[Frame]) -> Frame:
    import pyarrow as pa

    first = frames[0]
    for frame in frames[1:]:
        for name in {*first.names} ^ {*frame.names}:
            without, having = (frame, first) if name in first.names else (first, frame)
            raise DataError(
                f"{without.source} has no column {name!r}, which {having.source} has; "
                "files that are one data set need the same columns"
            )
    try:
        columns = pa.concat_tables(
            [frame.columns.select(list(first.names)) for frame in frames],
            promote_options="permissive",
        )
    except pa.ArrowException as error:
        raise DataError(
            f"{first.source} and {frames[-1].source} do not fit together: {error}"
        ) from None
    ends = np.cumsum([len(frame) for frame in frames])

    def where(row: int) -> str:
        at = int(np.searchsorted(ends, row, side="right"))
        inside = row - (int(ends[at - 1]) if at else 0)
        named = frames[at].where
        return f"{frames[at].source}, row {inside}" if named is None else named(inside)

    return replace(
        first, columns=columns, source=f"{first.source} and {len(frames) - 1} more",
        notes=tuple(dict.fromkeys(note for frame in frames for note in frame.notes)),
        skipped=tuple(bad for frame in frames for bad in frame.skipped), where=where,
    )
