"""Rows of steps out of windows: those that the order names, however steps are cut."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.partition_sampler import PartitionSampler
from fastavg.data.partitions import Cut
from fastavg.data.parts.window_reader import WindowReader
from fastavg.data.rows import Rows
from fastavg.solvers.streamed_rows import StreamedRows

SIZES, WINDOW = (11, 23), 6
X = np.arange(sum(SIZES))[:, None] * np.ones((1, 3))


class Reader:
    """Rows of an array, as if they were in a file."""

    window = WINDOW

    def empty(self, n_rows=0):
        return Rows(np.zeros((n_rows, 3)), np.zeros((n_rows, 1)), np.zeros(n_rows))

    def read(self, part, start, stop):
        first = sum(SIZES[:part])
        rows = X[first + start : first + stop]
        return Rows(rows, -rows[:, :1], rows[:, 0] / 2)


@pytest.mark.parametrize("worker", [0, 1])
@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_each_step_has_the_rows_of_its_order(worker, at_once):
    cut = Cut(SIZES, range(2))
    sampler = PartitionSampler(34, 2, 4, cut=cut, window=WINDOW, seed=1)
    # Two epochs: the order crosses windows, and the end of the part.
    order, steps = sampler.batches(worker, 0, 1, 2 * sampler.steps_per_epoch)
    streamed = StreamedRows(WindowReader(Reader()), worker, SIZES[worker], cut.start(worker))
    seen = 0
    for data, taken in streamed.samples(order, steps, at_once):
        for start, count in taken.tolist():
            rows = data.order[start : start + count]
            begin, length = steps[seen].tolist()
            expected = order[begin : begin + length]
            assert length == count
            assert data.X[rows, 0].tolist() == expected.tolist()
            assert data.Y[rows, 0].tolist() == (-expected).tolist()
            assert data.weights[rows].tolist() == (expected / 2).tolist()
            seen += 1
    assert seen == len(steps)


def test_some_steps_are_gathered_together():
    streamed = StreamedRows(WindowReader(Reader()), 0, 11, 0)
    assert streamed.steps_at_once(1 << 20, 1) == 4
    assert streamed.steps_at_once(1 << 30, 8) == 1
