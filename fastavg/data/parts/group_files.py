"""Files that are read group by group: row groups of Parquet, record batches of Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fastavg.errors import DataError

PARQUET, ARROW = (".parquet", ".pq", ".parquet.brotli"), (".arrow", ".feather", ".ipc")


class GroupFile(NamedTuple):
    """A file with named columns in groups of rows.

    Parameters
    ----------
    path : Path
        The file.
    schema : pyarrow.Schema
        Its columns.
    groups : tuple of int
        Rows of each group.
    size : int
        Its bytes when it was opened.
    holes : frozenset of str
        Columns with nulls, by what the file says of its groups.
    """

    path: Path
    schema: Any
    groups: tuple[int, ...]
    size: int
    holes: frozenset[str] = frozenset()


class GroupReader:
    """Reads groups, of one file after the other; the last file stays open.

    What a Parquet file says of its groups takes long to read where there are many columns.
    """

    def __init__(self) -> None:
        self._path: Path | None = None
        self._file: Any = None

    def read(self, file: GroupFile, number: int, columns: Sequence[str]) -> Any:
        """A group as a pyarrow table.

        Parameters
        ----------
        file : GroupFile
            The file.
        number : int
            Which group, from 0.
        columns : sequence of str
            The columns to read.

        Raises
        ------
        DataError
            If the file is damaged, or another one than when it was opened.
        """
        import pyarrow as pa
        from pyarrow import parquet

        try:
            if file.path.stat().st_size != file.size:
                raise DataError(f"{file.path} has changed since training began")
            if not is_parquet(file.path):
                with pa.memory_map(str(file.path)) as mapped, pa.ipc.open_file(mapped) as reader:
                    batch = reader.get_batch(number)
                    return pa.Table.from_batches([batch]).select(list(columns))
            if self._path != file.path:
                self.close()
                self._file = parquet.ParquetFile(file.path, pre_buffer=False)
                self._path = file.path
            return self._file.read_row_group(number, list(columns), use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(file.path, error) from None

    def close(self) -> None:
        """Close the file that is open, if there is one."""
        if self._file is not None:
            self._file.close()
        self._path = self._file = None


def is_parquet(path: Path) -> bool:
    """True for the name of a Parquet file.

    Parameters
    ----------
    path : Path
        A file.
    """
    return path.name.lower().endswith(PARQUET)


def has_groups(path: Path) -> bool:
    """True for the name of a file that can be read group by group.

    Parameters
    ----------
    path : Path
        A file.

    Examples
    --------
    >>> has_groups(Path("a.parquet")), has_groups(Path("a.csv"))
    (True, False)
    """
    return path.name.lower().endswith((*PARQUET, *ARROW))


def open_groups(path: Path) -> GroupFile:
    """What a file says of its columns and groups; no row is read.

    Parameters
    ----------
    path : Path
        A Parquet, Arrow or Feather file.

    Raises
    ------
    DataError
        If it cannot be read, or has no rows.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        size = path.stat().st_size
        if is_parquet(path):
            with parquet.ParquetFile(path) as file:
                about = file.metadata
                groups = tuple(
                    about.row_group(number).num_rows for number in range(about.num_row_groups)
                )
                schema = file.schema_arrow
                holes = _holes(about)
        else:
            with pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped) as reader:
                schema = reader.schema
                rows, found = [], set[str]()
                for number in range(reader.num_record_batches):
                    batch = reader.get_batch(number)
                    rows.append(batch.num_rows)
                    pairs = zip(schema.names, batch.columns, strict=True)
                    found.update(name for name, column in pairs if column.null_count)
                groups, holes = tuple(rows), frozenset(found)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None
    if not sum(groups):
        raise DataError(f"{path} has no rows; at least one is needed")
    return GroupFile(path, schema.remove_metadata(), groups, size, holes)


def _holes(about: Any) -> frozenset[str]:
    # A file without statistics says of no column that it has nulls.
    found: set[str] = set()
    for number in range(about.num_row_groups):
        group = about.row_group(number)
        for at in range(about.num_columns):
            column = group.column(at)
            if column.path_in_schema in found or not column.is_stats_set:
                continue
            if column.statistics.null_count:
                found.add(column.path_in_schema)
    return frozenset(found)


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, DataError):
        return error
    if isinstance(error, OSError) and error.strerror:
        return DataError(f"{path} cannot be read: {error.strerror}")
    kind = "Parquet" if is_parquet(path) else "Arrow"
    return DataError(f"{path} is damaged, or no {kind} file at all: {error}")
