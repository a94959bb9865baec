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


def test_rows_of_a_window_are_not_copied():
    order, steps = np.arange(8), np.array([[0, 2], [2, 2], [4, 4]])
    streamed = StreamedRows(WindowReader(Reader()), 0, 11, 0)
    pieces = [(data.X, taken.tolist()) for data, taken in streamed.samples(order, steps, 5)]
    assert [taken for _, taken in pieces] == [[[0, 2], [2, 2]], [[0, 4]]]
    assert np.shares_memory(pieces[0][0], X)
    # The third step begins in the first window and ends in the second.
    assert not np.shares_memory(pieces[1][0], X)


def test_a_step_without_rows_needs_no_window():
    reader = WindowReader(Reader())
    streamed = StreamedRows(reader, 0, 11, 0)
    (data, taken), = streamed.samples(np.zeros(0, np.int64), np.zeros((2, 2), np.int64), 5)
    assert taken.tolist() == [[0, 0], [0, 0]]
    assert len(data.X) == len(data.order) == 0
    order, steps = np.arange(4, 6), np.array([[0, 0], [0, 2], [2, 0]])
    (_, taken), = streamed.samples(order, steps, 5)
    assert taken.tolist() == steps.tolist()
