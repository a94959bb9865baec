"""Training rows of a rank's parts, ready to be trained on, in a temporary file without a name.

To decode a row of Parquet and to scale it takes about as long as half of its step in a small
network, and windows do not end where row groups do.  So both are done once; from then on a
window is one read.

.. code-block:: text

    files of the user               temporary file
    row groups, columns, scaled --> X of part 0 | X of part 1 | ... | Y | weights
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from fastavg.data.array_in_file import read_array, write_array
from fastavg.data.partitions import Cut
from fastavg.data.parts.npy_parts import NpyParts
from fastavg.data.parts.row_stream import RowStream
from fastavg.data.rows import Rows
from fastavg.errors import DataError

# Kinds of file systems that are memory.
IN_MEMORY = ("tmpfs", "ramfs")


@dataclass(frozen=True, eq=False)
class ScratchStream:
    """Reads windows of rows from a file that one process has open; see :class:`RowReader`.

    Parameters
    ----------
    path : str
        Of the open file, as every process of this machine finds it.
    cut : Cut
        Training rows of every part, and the parts of this rank.
    widths : tuple of int
        Numbers of a row: features, targets, and weights (0 or 1).
    dtype : str
        ``float32`` or ``float64``.
    window : int
        Rows that are read, and shuffled, together.
    """

    path: str
    cut: Cut
    widths: tuple[int, int, int]
    dtype: str
    window: int

    def empty(self, n_rows: int = 0) -> Rows:
        """Memory for so many rows.

        Parameters
        ----------
        n_rows : int, default 0
            How many.
        """
        features, targets, weighted = self.widths
        return Rows(
            np.empty((n_rows, features), self.dtype), np.empty((n_rows, targets), self.dtype),
            np.empty(n_rows * weighted, self.dtype),
        )

    def read(self, part: int, start: int, stop: int) -> Rows:
        """Some consecutive training rows of a part, as the network sees them.

        Parameters
        ----------
        part : int
            Which part, one that this rank holds.
        start, stop : int
            The first row, counted within the part, and the one after the last.

        Raises
        ------
        DataError
            If the file cannot be read.
        """
        rows = self.empty(stop - start)
        first = self.cut.start(part) + start
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                for array, at in zip(rows.arrays, self.places(first), strict=True):
                    read_array(descriptor, array, at)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise DataError(
                f"the temporary file of rows cannot be read: {error.strerror or error}"
            ) from None
        return rows

    def places(self, row: int) -> list[int]:
        """Where a row's features, targets and weight lie in the file, in bytes.

        Parameters
        ----------
        row : int
            Counted from the first row of the parts that this rank holds.
        """
        size, before, found = np.dtype(self.dtype).itemsize, 0, []
        for width in self.widths:
            found.append((before + row * width) * size)
            before += self.cut.held_rows * width
        return found

    @property
    def bytes(self) -> int:
        """Length of the file."""
        return self.cut.held_rows * sum(self.widths) * np.dtype(self.dtype).itemsize


class ScratchRoom(NamedTuple):
    """Whether rows can be kept in the folder for temporary files.

    Parameters
    ----------
    folder : str
        The folder.
    needed : int
        Bytes that they take.
    lacks : str or None
        Why they cannot; None if they can.
    """

    folder: str
    needed: int
    lacks: str | None


def form_of(stream: RowStream) -> ScratchStream:
    """The rows of a stream as they would lie in a file.

    Parameters
    ----------
    stream : RowStream
        Reads them.
    """
    rows = stream.empty(1)
    widths = rows.dense.shape[1], rows.Y.shape[1], rows.weights.size
    return ScratchStream("", stream.parts.cut, widths, stream.dtype, stream.window)


def scratch_room(stream: RowStream) -> ScratchRoom:
    """Look whether rows pay in a temporary file, and whether its folder has room for them.

    Parameters
    ----------
    stream : RowStream
        Reads them.
    """
    folder, needed = tempfile.gettempdir(), form_of(stream).bytes
    if isinstance(stream.parts.source, NpyParts) and stream.learnt.scaling is None:
        return ScratchRoom(folder, needed, "they lie there as they are trained on")
    if not Path(f"/proc/{os.getpid()}/fd").is_dir():
        return ScratchRoom(folder, needed, "this system has no /proc")
    if _file_system(folder) in IN_MEMORY:
        return ScratchRoom(folder, needed, f"{folder} is memory; TMPDIR names another folder")
    free = psutil.disk_usage(folder).free
    if needed > free:
        return ScratchRoom(
            folder, needed, f"{folder} has {free / 1e9:.1f} GB left, and they take "
            f"{needed / 1e9:.1f}; TMPDIR names another folder"
        )
    return ScratchRoom(folder, needed, None)


@contextlib.contextmanager
def scratch_of(stream: RowStream) -> Iterator[ScratchStream | RowStream]:
    """The rows of a stream in a temporary file; the stream itself where that does not pay.

    The file has no name, and is gone with the process, however that ends.

    Parameters
    ----------
    stream : RowStream
        Reads the rows.

    Yields
    ------
    ScratchStream or RowStream
        Reads the same rows.

    Raises
    ------
    DataError
        If they cannot be used, or not be written.
    """
    form = form_of(stream)
    if not form.cut.held_rows or scratch_room(stream).lacks:
        yield stream
        return
    with tempfile.TemporaryFile(prefix="fastavg-rows-") as file:
        descriptor = file.fileno()
        try:
            # Now, and not in the midst of it.
            os.posix_fallocate(descriptor, 0, form.bytes)
        except OSError:
            yield stream
            return
        made = ScratchStream(
            f"/proc/{os.getpid()}/fd/{descriptor}", form.cut, form.widths, form.dtype, form.window
        )
        for part in form.cut.held:
            size, step = form.cut.sizes[part], stream.parts.block_rows
            for start in range(0, size, step):
                rows = stream.read(part, start, min(start + step, size))
                places = made.places(form.cut.start(part) + start)
                try:
                    for array, at in zip(rows.arrays, places, strict=True):
                        write_array(descriptor, array, at)
                except OSError as error:
                    raise DataError(
                        f"rows cannot be written to {tempfile.gettempdir()}: {error.strerror}; "
                        "TMPDIR names another folder"
                    ) from None
        yield made


def _file_system(folder: str) -> str:
    """The kind of file system that a folder is on."""
    place = Path(folder).resolve()
    above = [
        (len(Path(each.mountpoint).parts), each.fstype)
        for each in psutil.disk_partitions(all=True) if place.is_relative_to(each.mountpoint)
    ]
    # Of two at the same place the later one hides the earlier.
    return max(enumerate(above), key=lambda each: (each[1][0], each[0]))[1][1] if above else ""
