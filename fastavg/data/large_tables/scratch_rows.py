"""Encoded rows in a temporary file, in a drawn order, of which windows are read.

.. code-block:: text

    rows in the order of the files      the temporary file
    encoded, 65,536 at a time ------>   bucket 0 | bucket 1 | bucket 2 | ...   a row's is drawn
                                        '-- fold 0 --'-- fold 1 --'-- ...      parts of the rows

Rows of a bucket keep their order; as a bucket is about as large as a window, whose rows are
shuffled in every epoch, a file that is sorted trains as well as one that is not.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.array_in_file import read_array, write_array
from fastavg.data.large_tables.row_draws import drawn
from fastavg.data.partitions import Cut, even_cut
from fastavg.data.rows import Rows
from fastavg.errors import ConfigError

# Buckets, at most: each is written to once for every block.
MOST_BUCKETS = 1024
# Rows that are read at once.
PIECE = 4096
DTYPE = np.dtype("f4")
# Row numbers and the rows' X, Y and weights, in the order of the files.
Kept = Callable[[int, int], NDArray[np.int64]]
Encoded = tuple[NDArray[np.int64], Rows]


class RowForm(NamedTuple):
    """The numbers of one row.

    Parameters
    ----------
    numbers : int
        Of its compact form.
    targets : int
        To be predicted.
    weighted : bool
        Whether rows have weights.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        How the numbers stand for the inputs of the network.
    """

    numbers: int
    targets: int
    weighted: bool
    lookups: NDArray[np.int64]

    @property
    def width(self) -> int:
        """All numbers of a row."""
        return self.numbers + self.targets + int(self.weighted)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.width * DTYPE.itemsize

    def empty(self, n_rows: int) -> Rows:
        """Memory for so many rows.

        Parameters
        ----------
        n_rows : int
            How many.
        """
        return Rows(
            np.empty((n_rows, self.numbers), DTYPE), np.empty((n_rows, self.targets), DTYPE),
            np.empty(n_rows if self.weighted else 0, DTYPE), self.lookups,
        )


class ScratchRows:
    """All training rows of a table, encoded; the file is gone when it is closed.

    Parameters
    ----------
    file : binary file
        Open for reading; nobody else knows its name.
    form : RowForm
        Of a row.
    n_rows : int
        How many rows there are.
    """

    def __init__(self, file: IO[bytes], form: RowForm, n_rows: int) -> None:
        self._file, self.form, self.n_rows = file, form, n_rows

    def read(self, start: int, stop: int) -> Rows:
        """Some rows that follow each other in the drawn order.

        Parameters
        ----------
        start, stop : int
            The first row, and the one after the last.
        """
        form = self.form
        rows = form.empty(stop - start)
        # Through a small block: windows are large, and several are read at a time.
        block = np.empty((min(PIECE, stop - start), form.width), DTYPE)
        for at in range(0, stop - start, PIECE):
            piece = block[: stop - start - at]
            read_array(self._file.fileno(), piece, (start + at) * form.row_bytes)
            here = slice(at, at + len(piece))
            rows.dense[here] = piece[:, : form.numbers]
            rows.Y[here] = piece[:, form.numbers : form.numbers + form.targets]
            if form.weighted:
                rows.weights[here] = piece[:, -1]
        return rows

    def close(self) -> None:
        """Give the file's room back."""
        self._file.close()


def write_scratch(
    blocks: Callable[[], Iterator[Encoded]], rows_of_files: int, kept: Kept,
    form: RowForm, window: int,
) -> ScratchRows:
    """Encode all rows once, into a file in the folder for temporary files.

    Parameters
    ----------
    blocks : callable
        The encoded training rows, in the order of the files.
    rows_of_files : int
        Rows of the files, of training or not.
    kept : callable
        From the first row and the one after the last to the training rows among them, array
        of int64.
    form : RowForm
        Of a row.
    window : int
        Rows that will be shuffled together.

    Returns
    -------
    ScratchRows
        The same for the same files.

    Raises
    ------
    ConfigError
        If the folder has not enough room.
    """
    buckets = max(1, min(MOST_BUCKETS, -(-rows_of_files // window)))
    sizes = np.zeros(buckets, np.int64)
    step = 1 << 20
    for start in range(0, rows_of_files, step):
        stop = min(start + step, rows_of_files)
        inside = kept(start, stop) - start
        sizes += np.bincount(_buckets(start, stop, buckets)[inside], minlength=buckets)
    n_rows = int(sizes.sum())
    folder, needed = tempfile.gettempdir(), n_rows * form.row_bytes
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ConfigError(
            f"the encoded rows take {needed / 1e9:.1f} GB in {folder}, which has {free / 1e9:.1f} "
            "GB left; the environment's TMPDIR names another folder"
        )
    ends = (np.cumsum(sizes) - sizes) * form.row_bytes
    file = tempfile.TemporaryFile(prefix="fastavg-rows-")  # noqa: SIM115 - closed by its owner
    try:
        for numbers, rows in blocks():
            block = np.empty((len(numbers), form.width), DTYPE)
            block[:, : form.numbers] = rows.dense
            block[:, form.numbers : form.numbers + form.targets] = rows.Y
            if form.weighted:
                block[:, -1] = rows.weights
            first, last = int(numbers[0]), int(numbers[-1]) + 1
            bucket = _buckets(first, last, buckets)[numbers - first]
            order = np.argsort(bucket, kind="stable")
            block, counts = block[order], np.bincount(bucket, minlength=buckets)
            at = 0
            for each in np.flatnonzero(counts):
                stop = at + int(counts[each])
                write_array(file.fileno(), block[at:stop], int(ends[each]))
                ends[each] += (stop - at) * form.row_bytes
                at = stop
    except BaseException:
        file.close()
        raise
    return ScratchRows(file, form, n_rows)


def _buckets(start: int, stop: int, buckets: int) -> NDArray[np.int64]:
    return (drawn("bucket", start, stop) * buckets).astype(np.int64)


@dataclass(frozen=True, eq=False)
class InnerRows:
    """The rows of a member, without those that it holds out; reads windows of them.

    See :class:`fastavg.data.rows.RowReader`.

    Parameters
    ----------
    scratch : ScratchRows
        All rows.
    low, high : int
        The rows that are held out: the first, and the one after the last.
    cut : Cut
        The parts of the workers, among the other rows.
    window : int
        Rows that are read, and shuffled, together.
    """

    scratch: ScratchRows
    low: int
    high: int
    cut: Cut
    window: int

    def empty(self, n_rows: int = 0) -> Rows:
        """Memory for so many rows.

        Parameters
        ----------
        n_rows : int, default 0
            How many.
        """
        return self.scratch.form.empty(n_rows)

    def read(self, part: int, start: int, stop: int) -> Rows:
        """Some rows of a worker's part that follow each other.

        Parameters
        ----------
        part : int
            Which part.
        start, stop : int
            The first row, counted within the part, and the one after the last.
        """
        first = self.cut.start(part)
        start, stop, hole = first + start, first + stop, self.high - self.low
        if stop <= self.low:
            return self.scratch.read(start, stop)
        if start >= self.low:
            return self.scratch.read(start + hole, stop + hole)
        before = self.scratch.read(start, self.low)
        after = self.scratch.read(self.high, stop + hole)
        return Rows(
            np.concatenate([before.dense, after.dense]), np.concatenate([before.Y, after.Y]),
            np.concatenate([before.weights, after.weights]), before.lookups,
        )


def fold_of(n_rows: int, fold: int, folds: int) -> tuple[int, int]:
    """The rows of a fold in the drawn order: the first, and the one after the last.

    Parameters
    ----------
    n_rows : int
        All rows.
    fold : int
        Which fold, from 0.
    folds : int
        How many there are.

    Examples
    --------
    >>> fold_of(10, 2, 3)
    (6, 10)
    """
    return n_rows * fold // folds, n_rows * (fold + 1) // folds


def inner_rows(
    scratch: ScratchRows, held: tuple[int, int], workers: int, window: int
) -> Rows:
    """The rows that train a member, which stay in the file.

    Parameters
    ----------
    scratch : ScratchRows
        All rows.
    held : tuple of int
        The rows that it holds out: the first, and the one after the last.
    workers : int
        Its replicas.
    window : int
        Rows that are read, and shuffled, together.
    """
    low, high = held
    n_rows = scratch.n_rows - (high - low)
    cut = even_cut(n_rows, min(workers, n_rows))
    empty = scratch.form.empty(0)
    return Rows(
        empty.X, empty.Y, empty.weights, scratch.form.lookups, cut,
        stream=InnerRows(scratch, low, high, cut, window),
    )
