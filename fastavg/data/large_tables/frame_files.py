"""Files of rows that are read as frames of some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fastavg.data.frame import Frame
from fastavg.data.frame_sources import frame_of
from fastavg.data.names import check_distinct
from fastavg.data.parts.group_files import GroupFile, has_groups, is_parquet, open_groups
from fastavg.data.parts.npy_parts import NpyFile, open_npy_file
from fastavg.data.readers.by_suffix import expand
from fastavg.data.readers.regular_file import unchanged
from fastavg.errors import DataError

# Rows of a frame, and bytes of a column that are read at once.
ROWS, BUFFER = 1 << 16, 1 << 20
# What the column of targets beside an array is called.
ARRAY_TARGET = "y"
# Bytes of files that are too large to be read as a whole unasked.
LARGE = 1_000_000_000


class FrameFiles(Protocol):
    """A data set with named columns, of which a bounded number of rows is in memory."""

    @property
    def source(self) -> str:
        """What messages call it."""
        ...

    @property
    def n_rows(self) -> int:
        """Rows of all files."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        ...

    def empty(self) -> Frame:
        """No row, but the columns with their types."""
        ...

    def frames(self, names: Sequence[str]) -> Iterator[Frame]:
        """All rows in their order, at most 65,536 at a time.

        Parameters
        ----------
        names : sequence of str
            The columns to read.

        Raises
        ------
        DataError
            If a file is damaged, or changes meanwhile.
        """
        ...


class ColumnFiles:
    """Parquet and Arrow files; see :class:`FrameFiles`.

    Parameters
    ----------
    files : sequence of GroupFile
        The files, in the order of their rows.

    Raises
    ------
    DataError
        If they differ in their columns.
    """

    def __init__(self, files: Sequence[GroupFile]) -> None:
        self._files, first = files, files[0]
        self.n_rows = sum(sum(file.groups) for file in files)
        self.source = str(first.path) if len(files) == 1 else (
            f"{first.path} and {len(files) - 1} more"
        )
        check_distinct(first.schema.names, str(first.path))
        self.names = tuple(
            name for name in first.schema.names if not name.startswith("__index_level_")
        )
        for file in files[1:]:
            for name in self.names:
                at = file.schema.get_field_index(name)
                if at < 0 or file.schema.field(at).type != first.schema.field(name).type:
                    what = "no such column" if at < 0 else f"{file.schema.field(at).type}"
                    raise DataError(
                        f"{file.path}, column {name!r}: {what}, and in {first.path} "
                        f"{first.schema.field(name).type}; files that are one data set need the "
                        "same"
                    )

    def empty(self) -> Frame:
        """No row; see :meth:`FrameFiles.empty`."""
        columns = self._files[0].schema.empty_table().select(list(self.names))
        return Frame(columns, self.source)

    def frames(self, names: Sequence[str]) -> Iterator[Frame]:
        """All rows; see :meth:`FrameFiles.frames`."""
        import pyarrow as pa

        for file in self._files:
            start = 0
            with unchanged(file.path):
                try:
                    for batch in _batches(file.path, list(names)):
                        yield _frame(pa.Table.from_batches([batch]), file.path, start)
                        start += len(batch)
                except pa.ArrowException as error:
                    raise DataError(
                        f"{file.path} is damaged, or no file of its kind at all: {error}"
                    ) from None


def _batches(path: Path, names: list[str]) -> Iterator[Any]:
    """Record batches of at most ``ROWS`` rows; nothing is mapped, as pages would stay."""
    import pyarrow as pa
    from pyarrow import parquet

    if is_parquet(path):
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as file:
            yield from file.iter_batches(ROWS, columns=names)
        return
    with pa.OSFile(str(path)) as opened, pa.ipc.open_file(opened) as reader:
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number).select(names)
            for start in range(0, len(batch), ROWS):
                yield batch.slice(start, ROWS)


def _frame(columns: Any, path: Path, start: int) -> Frame:
    return Frame(columns, str(path), where=lambda row: f"{path}, row {start + row}")


class ArrayFiles:
    """A ``.npy`` file of numbers, alone or with another of targets; see :class:`FrameFiles`.

    Columns are called ``x0``, ``x1``, ..., and the targets ``y``.

    Parameters
    ----------
    X : NpyFile
        Numbers (n_rows, n_columns).
    y : NpyFile, optional
        A target for each row.

    Raises
    ------
    DataError
        If they do not fit each other.
    """

    def __init__(self, X: NpyFile, y: NpyFile | None) -> None:
        if len(X.form.shape) != 2 or 0 in X.form.shape:
            raise DataError(f"{X.path} has shape {X.form.shape}; it must be (rows, columns)")
        if y is not None and y.form.shape not in ((X.form.shape[0],), (X.form.shape[0], 1)):
            raise DataError(
                f"{y.path} has shape {y.form.shape}, and {X.path} {X.form.shape[0]} rows; each "
                "row needs one target"
            )
        self._X, self._y, self.source = X, y, str(X.path)
        self.n_rows = X.form.shape[0]
        self._columns = tuple(f"x{at}" for at in range(X.form.shape[1]))
        self.names = (*self._columns, *(() if y is None else (ARRAY_TARGET,)))

    def empty(self) -> Frame:
        """No row; see :meth:`FrameFiles.empty`."""
        return self._read(0, 1).slice(0, 0)

    def frames(self, names: Sequence[str]) -> Iterator[Frame]:
        """All rows; see :meth:`FrameFiles.frames`."""
        for start in range(0, self.n_rows, ROWS):
            yield self._read(start, min(start + ROWS, self.n_rows)).select(names)

    def _read(self, start: int, stop: int) -> Frame:
        X = self._X.rows(start, stop)
        columns = dict(zip(self._columns, X.T, strict=True))
        if self._y is not None:
            columns[ARRAY_TARGET] = np.reshape(self._y.rows(start, stop), stop - start)
        return _frame(frame_of(columns).columns, self._X.path, start)


def open_frame_files(path: str | Path, target: str | Path | None = None) -> FrameFiles:
    """Open files whose rows are read as frames; no row is read yet.

    Parameters
    ----------
    path : str or path
        A Parquet, Arrow or ``.npy`` file, or a pattern for several of the first two.
    target : str or path, optional
        The ``.npy`` file of targets beside one of numbers; of other files a column, which is not
        looked at here.

    Raises
    ------
    DataError
        If a file is of another kind, or cannot be read.
    """
    files = expand(path)
    if all(has_groups(each) for each in files):
        return ColumnFiles([open_groups(each) for each in files])
    if len(files) == 1 and files[0].suffix.lower() == ".npy":
        y = None
        if target is not None:
            if Path(target).suffix.lower() != ".npy":
                raise DataError(f"{path} has no column {str(target)!r}; its target is a .npy file")
            y = open_npy_file(Path(target), "y")
        return ArrayFiles(open_npy_file(files[0], "X"), y)
    raise DataError(
        f"{path} cannot be read in parts; Parquet, Arrow and .npy files can, and others are read "
        "with data.rows_from=memory"
    )


def take_much_memory(path: str | Path) -> bool:
    """Whether files are so large that they are better read in parts, and can be.

    Parameters
    ----------
    path : str or path
        A file, or a pattern for several.

    Returns
    -------
    bool
        True for Parquet, Arrow and ``.npy`` files that take more than ``LARGE`` bytes together.
        The limit is the same on every machine, as networks trained from disk are others.
    """
    try:
        files = expand(path)
        if sum(file.stat().st_size for file in files) <= LARGE:
            return False
        return all(has_groups(file) for file in files) or files[0].suffix.lower() == ".npy"
    except (DataError, OSError):
        # Whoever reads them says what is wrong.
        return False
