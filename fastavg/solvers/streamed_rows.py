"""The rows of a job's steps from windows that are read one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fastavg.data.parts.window_reader import Window, WindowReader
from fastavg.data.rows import Rows
from fastavg.kernels.network.layout import Samples


class StreamedRows:
    """Finds the rows of steps, which come in their order, in windows of a part.

    Steps whose rows lie in one window take them from there; only a step that begins in one and
    ends in the next has its rows copied.

    Parameters
    ----------
    reader : WindowReader
        Reads the windows; lives longer than a job.
    part : int
        The worker's part.
    size : int
        Training rows of the part.
    first_row : int
        What the part's first row is called in orders.
    """

    def __init__(self, reader: WindowReader, part: int, size: int, first_row: int) -> None:
        self._reader, self._part, self._size, self._first = reader, part, size, first_row

    def samples(
        self, order: NDArray[np.int64], steps: NDArray[np.int64], at_once: int
    ) -> Iterator[tuple[Samples, NDArray[np.int64]]]:
        """The rows of all steps, some steps at a time.

        Parameters
        ----------
        order : array (n_uses,) of int64
            Numbers of rows in the order of their use; those of a window side by side.
        steps : array (n_steps, 2) of int64
            Where each step begins in that order, and how many rows it has.
        at_once : int
            Most steps at a time.

        Yields
        ------
        tuple of Samples and array (n_steps, 2) of int64
            Rows and the order of their use, and where each step begins in it.
        """
        window = self._reader.reader.window
        inside = order - self._first
        numbers = inside // window
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        ends = np.append(starts[1:], len(order))
        places = inside - numbers * window
        rows = self._reader.windows([self._window(int(numbers[start])) for start in starts])
        step_ends = steps[:, 0] + steps[:, 1]
        current, run, window_end, at = self._reader.reader.empty(), -1, 0, 0
        while at < len(steps):
            begin = int(steps[at, 0])
            if window_end <= begin < len(order):
                current, run = next(rows), run + 1
                window_end = int(ends[run])
            # Steps that end in this window.
            stop = min(int(np.searchsorted(step_ends, window_end, side="right")), at + at_once)
            if stop > at:
                end = int(step_ends[stop - 1])
                samples = Samples(current.dense, current.Y, current.weights, places[begin:end])
            else:
                stop, end = at + 1, int(step_ends[at])
                made, done = self._reader.reader.empty(end - begin), begin
                while done < end:
                    if done >= window_end:
                        current, run = next(rows), run + 1
                        window_end = int(ends[run])
                    last = min(window_end, end)
                    _copy(current, places[done:last], made, slice(done - begin, last - begin))
                    done = last
                samples = Samples(made.dense, made.Y, made.weights, np.arange(end - begin))
            yield samples, steps[at:stop] - np.array([begin, 0])
            at = stop

    def _window(self, number: int) -> Window:
        start = number * self._reader.reader.window
        return Window(self._part, start, min(start + self._reader.reader.window, self._size))


def _copy(window: Rows, chosen: NDArray[np.int64], made: Rows, here: slice) -> None:
    # Numbers of rows are inside: to clip them spares the copy that a check would need.
    np.take(window.dense, chosen, 0, out=made.dense[here], mode="clip")
    made.Y[here] = window.Y[chosen]
    if made.weights.size:
        made.weights[here] = window.weights[chosen]
