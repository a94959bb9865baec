"""Parquet files."""

from __future__ import annotations

from pathlib import Path

from fastavg.data.column_types import with_types
from fastavg.data.frame import Frame
from fastavg.data.names import check_distinct
from fastavg.data.readers.suffixes import Request, reads
from fastavg.errors import DataError


@reads(".parquet", ".pq", ".parquet.brotli", named=True)
def read_parquet(path: Path, request: Request) -> Frame:
    """The columns of a Parquet file; of those that ``request.names`` lists, if it does.

    Parameters
    ----------
    path : Path
        A Parquet file.
    request : Request
        The target column that must be there, and the columns to read where they are known.

    Returns
    -------
    Frame
        The columns, with text that stands for numbers or dates turned into them.

    Raises
    ------
    DataError
        If the file is damaged, or no Parquet file at all.
    ConfigError
        If there is no such target column.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, memory_map=True) as file:
            names = list(file.schema_arrow.names)
            wanted = names
            if request.names is not None and set(request.names) <= set(names):
                wanted = [name for name in names if name in {*request.names, request.target}]
            columns = file.read(columns=wanted)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, (PermissionError, FileNotFoundError)):
            raise
        raise DataError(f"{path} is damaged, or no Parquet file at all: {error}") from None
    return complete(Frame(columns, str(path)), request)


def complete(frame: Frame, request: Request) -> Frame:
    """The frame, checked: rows, distinct names, the target.

    Parameters
    ----------
    frame : Frame
        Columns as a reader found them.
    request : Request
        The target column that must be there.

    Returns
    -------
    Frame
        The same without the index that pandas wrote, text that stands for numbers or dates
        turned into them.

    Raises
    ------
    DataError
        If it has no rows, or two columns of one name.
    ConfigError
        If there is no such target column.
    """
    names = frame.names
    check_distinct(names, frame.source)
    if not len(frame):
        raise DataError(f"{frame.source} has no rows; at least one is needed")
    if request.target is not None:
        frame.require(request.target)
    # An index that pandas has written is no column of the data.
    kept = [name for name in names if not name.startswith("__index_level_")]
    return with_types(frame.select(kept) if len(kept) < len(names) else frame)
