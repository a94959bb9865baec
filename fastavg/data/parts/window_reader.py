"""Windows of rows, one after the other: the next is read while this one is trained on.

.. code-block:: text

    this thread      train on window 3      train on window 8      train on window 1
    reader thread    read window 8          read window 1          ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from fastavg.data.rows import RowReader, Rows


class Window(NamedTuple):
    """Some consecutive training rows of a part.

    Parameters
    ----------
    part : int
        Which part.
    start, stop : int
        The first row, counted within the part, and the one after the last.
    """

    part: int
    start: int
    stop: int


class WindowReader:
    """Reads windows in a thread of its own; at most two are in memory.

    Parameters
    ----------
    reader : RowReader
        Where the rows come from.
    """

    def __init__(self, reader: RowReader) -> None:
        self.reader = reader
        self._pool = ThreadPoolExecutor(1, "fastavg-rows")
        self._kept: tuple[Window, Rows] | None = None

    def windows(self, wanted: Sequence[Window]) -> Iterator[Rows]:
        """The rows of some windows, in this order.

        The last one is kept, as the next round often begins with it.

        Parameters
        ----------
        wanted : sequence of Window
            Which ones; neighbours differ.

        Raises
        ------
        DataError
            If one cannot be read.
        """
        coming: Future[Rows] | None = None
        for at, window in enumerate(wanted):
            if self._kept is None or self._kept[0] != window:
                rows = self.reader.read(*window) if coming is None else coming.result()
                self._kept = window, rows
            coming = None
            if at + 1 < len(wanted):
                coming = self._pool.submit(self.reader.read, *wanted[at + 1])
            yield self._kept[1]
