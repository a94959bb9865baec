"""The rows of a Parquet file in parts, so that a file larger than memory can be predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from fastavg.data.column_types import with_types
from fastavg.data.frame import Frame
from fastavg.data.readers.regular_file import unchanged
from fastavg.errors import DataError

# Rows of one part: large enough for a column's cost to be that of its values.
ROWS = 1 << 16


def in_batches(path: Path, names: tuple[str, ...], rows: int = ROWS) -> Iterator[Frame] | None:
    """Some columns of a Parquet file, part by part.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        The columns to read.
    rows : int
        Most rows of a part.

    Returns
    -------
    iterator of Frame, or None
        None if the file has to be read as a whole: another format, columns that it does not
        have, or text that stands for numbers or dates, which only all rows together tell.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if path.suffix.lower() not in (".parquet", ".pq") or not path.is_file():
        return None
    try:
        file = parquet.ParquetFile(path, memory_map=True, pre_buffer=False)
    except (pa.ArrowException, OSError):
        # Whoever reads it as a whole says what is wrong with it.
        return None
    known = list(file.schema_arrow.names)
    if not set(names) <= set(known) or len(set(known)) < len(known) or not file.metadata.num_rows:
        return None
    parts = _parts(file, path, [name for name in known if name in set(names)], rows)
    first = next(parts)
    return None if with_types(first) is not first else chain([first], parts)


def _parts(file: Any, path: Path, names: list[str], rows: int) -> Iterator[Frame]:
    import pyarrow as pa

    def place(start: int) -> Callable[[int], str]:
        return lambda row: f"{path}, row {start + row}"

    start = 0
    with file, unchanged(path):
        try:
            for batch in file.iter_batches(rows, columns=names):
                columns = pa.Table.from_batches([batch])
                yield Frame(columns, str(path), where=place(start))
                start += len(batch)
        except pa.ArrowException as error:
            raise DataError(f"{path} is damaged, or no Parquet file at all: {error}") from None
