"""The mean in 8 bits: the same on one rank and on many, near the exact one, for few bytes."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging import few_bits
from fastavg.averaging.few_bits import Draws, combine_in_bytes
from fastavg.averaging.reduction import Slots, combine
from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.plan.plan import Plan
from tests.averaging.test_reduction import Plain
from tests.communicators.ranks import on_ranks
from tests.training.runs import NETWORK, data_for, first_weights, train_rounds


class Counted:
    """Counts the bytes that a rank sends: its part of what is gathered, all of the others'."""

    def __init__(self, inner):
        self._inner, self.rank, self.size, self.sent = inner, inner.rank, inner.size, 0
        self.broadcast, self.close = inner.broadcast, inner.close

    def allreduce(self, buffer, operation="sum"):
        self.sent += 2 * buffer.nbytes * (self.size - 1) // self.size
        self._inner.allreduce(buffer, operation)

    def alltoall(self, send, receive):
        self.sent += send.nbytes * (self.size - 1) // self.size
        self._inner.alltoall(send, receive)

    def allgather(self, buffer):
        self.sent += buffer.nbytes * (self.size - 1) // self.size
        self._inner.allgather(buffer)


def problem(workers, n, dtype="float32"):
    random = np.random.default_rng([workers, n])
    center = random.standard_normal(n).astype(dtype)
    slots = (center + 0.1 * random.standard_normal((workers, n))).astype(dtype)
    shares = random.random(workers) + 0.5
    return center, slots, shares / shares.sum()


def on(communicator, center, slots, shares, how=combine_in_bytes):
    workers, n = slots.shape
    mine = workers_of(communicator.rank, communicator.size, workers)
    memory, out = slots[mine.start : mine.stop].copy().reshape(-1), np.empty_like(center)
    here = Slots(memory, np.arange(len(mine)) * n)
    if how is combine:
        combine(here, shares, out, communicator)
    else:
        combine_in_bytes(here, shares, center, out, communicator, Draws(1, 2))
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("workers", "ranks"), [(2, 2), (5, 3), (8, 2), (1, 3)])
@pytest.mark.parametrize("wrap", [Plain, lambda each: each])
def test_the_bits_are_those_of_one_rank(workers, ranks, dtype, wrap, monkeypatch):
    monkeypatch.setattr(few_bits, "BLOCK", 4096)
    center, slots, shares = problem(workers, 9000, dtype)
    alone = on(LocalCommunicator(), center, slots, shares)
    for found in on_ranks(ranks, lambda each: on(wrap(each), center, slots, shares)):
        np.testing.assert_array_equal(found, alone)


def test_it_is_the_mean_but_for_steps_of_a_chunk():
    center, slots, shares = problem(4, 100_000, "float64")
    mean = (slots * shares[:, None]).sum(axis=0)
    found = on(LocalCommunicator(), center, slots, shares)
    # Four roundings to a 127th of the largest share, and one of their sum.
    step = np.abs(shares[:, None] * (slots - center)).max() / 127
    assert np.abs(found - mean).max() < 8.1 * step
    assert np.abs((found - mean).mean()) < 0.02 * step
    assert np.sqrt(((found - mean) ** 2).mean()) < 2 * step


@pytest.mark.parametrize(("workers", "ranks"), [(2, 2), (4, 4), (8, 2)])
def test_a_quarter_of_the_bytes_is_sent(workers, ranks):
    center, slots, shares = problem(workers, 400_000)
    sent = {}
    for how in (combine, combine_in_bytes):
        def one(communicator, how=how):
            counted = Counted(communicator)
            on(counted, center, slots, shares, how)
            return counted.sent

        sent[how] = sum(on_ranks(ranks, one))
    assert sent[combine_in_bytes] < 0.3 * sent[combine]


@pytest.mark.parametrize("state", ["keep", "reset"])
def test_training_has_the_same_bits_on_ranks_and_processes(state):
    plan = Plan(
        workers=3, epochs=2, average_every=0.5, batch_size=8, reduction="int8", solver_state=state,
    )
    rows, start = data_for(NETWORK, 60, "float32"), first_weights(NETWORK, plan)
    alone = train_rounds(NETWORK, plan, rows, start)
    np.testing.assert_array_equal(train_rounds(NETWORK, plan, rows, start, 2), alone)
    for found in on_ranks(
        2, lambda each: train_rounds(NETWORK, plan, rows, start, communicator=each)
    ):
        np.testing.assert_array_equal(found, alone)
