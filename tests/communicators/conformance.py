"""What every communicator must do: one function a promise, called by every rank.

Each function takes this rank's communicator and checks its own results against the
closed form.  ``PROMISES`` lists them all; a test calls each on all ranks at once, in
threads or under ``mpiexec``.
"""

from __future__ import annotations

import numpy as np

from fastavg.communicators import Communicator, Exchanger

DTYPES = (np.float32, np.float64, np.int64)
LENGTHS = (0, 1, 7, 100_003)


def has_a_place(communicator):
    assert isinstance(communicator, Communicator)
    assert communicator.size >= 1
    assert 0 <= communicator.rank < communicator.size


def ranks_are_all_different(communicator):
    seen = np.zeros(communicator.size, np.int64)
    seen[communicator.rank] = 1
    communicator.allreduce(seen)
    assert seen.tolist() == [1] * communicator.size


def broadcasts_from_any_root(communicator):
    for root in range(communicator.size):
        for dtype in DTYPES:
            for length in LENGTHS:
                buffer = (np.arange(length) + 1000 * communicator.rank).astype(dtype)
                communicator.broadcast(buffer, root)
                assert (buffer == (np.arange(length) + 1000 * root).astype(dtype)).all()


def broadcasts_from_rank_0_unless_told_otherwise(communicator):
    buffer = np.full(3, 5.0 + communicator.rank)
    communicator.broadcast(buffer)
    assert buffer.tolist() == [5, 5, 5]


def broadcasts_every_bit(communicator):
    special = np.array([np.nan, -0.0, np.inf, -np.inf, 5e-324, np.finfo(float).max])
    special.view(np.int64)[0] += 77
    buffer = special.copy() if communicator.rank == 0 else np.zeros(6)
    communicator.broadcast(buffer)
    assert buffer.tobytes() == special.tobytes()


def sums(communicator):
    n = communicator.size
    for dtype in DTYPES:
        for length in LENGTHS:
            buffer = (np.arange(length) % 100 + communicator.rank).astype(dtype)
            communicator.allreduce(buffer)
            expected = (np.arange(length) % 100) * n + n * (n - 1) // 2
            assert (buffer == expected.astype(dtype)).all()


def takes_the_maximum(communicator):
    for dtype in DTYPES:
        for length in LENGTHS:
            # Each rank is the largest at its own places.
            mine = np.arange(length) % communicator.size == communicator.rank
            buffer = np.where(mine, 9, -communicator.rank - 1).astype(dtype)
            communicator.allreduce(buffer, "max")
            assert (buffer == 9).all()


def maximum_of_negative_numbers_and_infinity(communicator):
    buffer = np.array([-1.0 - communicator.rank, -np.inf, 0.0])
    if communicator.rank == communicator.size - 1:
        buffer[2] = np.inf
    communicator.allreduce(buffer, "max")
    assert buffer.tolist() == [-1, -np.inf, np.inf]


def a_sum_keeps_nan_and_infinity_visible(communicator):
    buffer = np.zeros(3)
    if communicator.rank == communicator.size - 1:
        buffer[:2] = np.nan, np.inf
    communicator.allreduce(buffer)
    assert np.isnan(buffer[0])
    assert buffer[1:].tolist() == [np.inf, 0]


def every_rank_gets_the_same_bits(communicator):
    random = np.random.default_rng(communicator.rank)
    buffer = random.normal(0, 1, 5000) * 10.0 ** random.integers(-8, 8, 5000)
    communicator.allreduce(buffer)
    own = buffer.copy()
    communicator.broadcast(buffer)
    assert buffer.tobytes() == own.tobytes()


def adding_to_zeros_is_exact(communicator):
    # Figures of the workers travel like this, each rank filling in its own.
    buffer = np.zeros(3 * communicator.size)
    mine = slice(3 * communicator.rank, 3 * communicator.rank + 3)
    buffer[mine] = 0.1, 1e300, -5e-324
    communicator.allreduce(buffer)
    assert buffer.tolist() == [0.1, 1e300, -5e-324] * communicator.size


def works_on_a_part_of_a_larger_array(communicator):
    whole = np.full(30, -1.0)
    whole[10:20] = communicator.rank
    communicator.allreduce(whole[10:20])
    total = communicator.size * (communicator.size - 1) / 2
    assert whole.tolist() == [-1] * 10 + [total] * 10 + [-1] * 10


def many_collectives_in_a_row_stay_in_step(communicator):
    total = 0.0
    for step in range(200):
        buffer = np.array([float(step + communicator.rank)])
        if step % 3:
            communicator.allreduce(buffer)
            expected = step * communicator.size + communicator.size * (communicator.size - 1) / 2
        else:
            communicator.broadcast(buffer, step % communicator.size)
            expected = step + step % communicator.size
        assert buffer[0] == expected
        total += buffer[0]
    assert total > 0


def deals_out_parts(communicator):
    """Only if it is an Exchanger."""
    if not isinstance(communicator, Exchanger):
        return
    rank, size = communicator.rank, communicator.size
    for dtype in DTYPES:
        for length in (0, 1, 5, 10_001):
            targets = np.repeat(np.arange(size), length)
            send = (100 * rank + targets).astype(dtype)
            receive = np.full_like(send, -1)
            communicator.alltoall(send, receive)
            assert (receive == (100 * targets + rank).astype(dtype)).all()
            assert (send == (100 * rank + targets).astype(dtype)).all()


def collects_parts(communicator):
    """Only if it is an Exchanger."""
    if not isinstance(communicator, Exchanger):
        return
    rank, size = communicator.rank, communicator.size
    for dtype in DTYPES:
        for length in (0, 1, 5, 10_001):
            owners = np.repeat(np.arange(size), length)
            buffer = np.where(owners == rank, 7 * owners + 1, -1).astype(dtype)
            communicator.allgather(buffer)
            assert (buffer == (7 * owners + 1).astype(dtype)).all()


PROMISES = (
    has_a_place,
    ranks_are_all_different,
    broadcasts_from_any_root,
    broadcasts_from_rank_0_unless_told_otherwise,
    broadcasts_every_bit,
    sums,
    takes_the_maximum,
    maximum_of_negative_numbers_and_infinity,
    a_sum_keeps_nan_and_infinity_visible,
    every_rank_gets_the_same_bits,
    adding_to_zeros_is_exact,
    works_on_a_part_of_a_larger_array,
    many_collectives_in_a_row_stay_in_step,
    deals_out_parts,
    collects_parts,
)


def closing_twice_is_harmless(communicator):
    """The last promise: nothing can be asked after it."""
    communicator.close()
    communicator.close()
