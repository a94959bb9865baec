"""What a communicator with a window must do; called by every rank."""

from __future__ import annotations

import numpy as np

from fastavg.communicators import OneSided

DTYPES = (np.float32, np.float64)
LENGTHS = (1, 2, 7, 50_021)
TURNS = 5


def can_open_a_window(communicator):
    assert isinstance(communicator, OneSided)


def additions_of_all_ranks_are_in_the_vector(communicator):
    size, rank = communicator.size, communicator.rank
    for dtype in DTYPES:
        for length in LENGTHS:
            start = (np.arange(length) % 100).astype(dtype)
            window = communicator.window(start)
            # Whole numbers, whose sums are exact in any order.
            change, values = np.full(length, rank + 1, dtype), np.empty(length, dtype)
            for turn in range(1, TURNS + 1):
                window.add(change, values)
                # One's own additions are there, and nothing that nobody has added.
                assert (values >= start + turn * (rank + 1)).all()
                assert (values <= start + TURNS * size * (size + 1) // 2).all()
                window.answer()
            communicator.allreduce(np.zeros(1))
            window.read(values)
            assert (values == start + TURNS * size * (size + 1) // 2).all()
            assert (change == rank + 1).all()
            communicator.allreduce(np.zeros(1))
            window.close()


def a_rank_that_only_answers_holds_nobody_up(communicator):
    window = communicator.window(np.zeros(1001))
    values = np.empty(1001)
    if communicator.rank == 0:
        for _ in range(20):
            window.answer()
    else:
        for _ in range(20):
            window.add(np.ones(1001), values)
    communicator.allreduce(np.zeros(1))
    window.read(values)
    assert (values == 20 * (communicator.size - 1)).all()
    communicator.allreduce(np.zeros(1))
    window.close()


WINDOWS = (
    can_open_a_window, additions_of_all_ranks_are_in_the_vector,
    a_rank_that_only_answers_holds_nobody_up,
)
