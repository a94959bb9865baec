"""The rows of a job's steps from windows that are read one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fastavg.data.parts.window_reader import Window, WindowReader
from fastavg.data.rows import Rows
from fastavg.kernels.network.layout import Samples

# Bytes of rows that are put in the order of their use at a time.
AT_ONCE = 1 << 22


class StreamedRows:
    """Gathers the rows of steps, which come in their order, out of windows of a part.

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

    def steps_at_once(self, row_bytes: int, rows_per_step: int) -> int:
        """Steps whose rows are gathered together, 1 or more.

        Parameters
        ----------
        row_bytes : int
            Bytes of a row.
        rows_per_step : int
            Rows of a full step.
        """
        return max(1, int(AT_ONCE // (row_bytes * max(1, rows_per_step))))

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
            Steps at a time.

        Yields
        ------
        tuple of Samples and array (n_steps, 2) of int64
            Rows in the order of their use, and where each step begins among them.
        """
        window = self._reader.reader.window
        inside = order - self._first
        numbers = inside // window
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        ends = np.append(starts[1:], len(order))
        rows = self._reader.windows([self._window(int(numbers[start])) for start in starts])
        current: Rows | None = None
        run = -1
        for at in range(0, len(steps), at_once):
            taken = steps[at : at + at_once]
            begin, count = int(taken[0, 0]), int(taken[:, 1].sum())
            made = self._reader.reader.empty(count)
            done = begin
            while done < begin + count:
                if run < 0 or done >= ends[run]:
                    run += 1
                    # The old window goes before the reader brings another one.
                    current = None
                    current = next(rows)
                assert current is not None
                stop = min(int(ends[run]), begin + count)
                chosen = inside[done:stop] - int(numbers[done]) * window
                here = slice(done - begin, stop - begin)
                # Numbers of rows are inside: to clip them spares the copy that a check would need.
                np.take(current.dense, chosen, 0, out=made.dense[here], mode="clip")
                made.Y[here] = current.Y[chosen]
                if made.weights.size:
                    made.weights[here] = current.weights[chosen]
                done = stop
            yield (
                Samples(made.dense, made.Y, made.weights, np.arange(count)),
                taken - np.array([begin, 0]),
            )

    def _window(self, number: int) -> Window:
        start = number * self._reader.reader.window
        return Window(self._part, start, min(start + self._reader.reader.window, self._size))
