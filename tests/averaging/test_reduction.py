"""The mean over ranks has the bits of the mean on one rank, on every way there."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from fastavg.averaging import reduction
from fastavg.averaging.reduction import Slots, combine, combine_members
from fastavg.communicators import Exchanger, LocalCommunicator, ThreadedCommunicator
from fastavg.communicators.collectives import workers_of


class Plain:
    """A communicator with the three methods that every one has, and no more."""

    def __init__(self, inner):
        self.rank, self.size = inner.rank, inner.size
        self.broadcast, self.allreduce, self.close = inner.broadcast, inner.allreduce, inner.close


def problem(workers, n, dtype):
    """Weights of very different sizes, and uneven shares with a zero among them."""
    random = np.random.default_rng([workers, n])
    weights = random.standard_normal((workers, n)) * np.exp(4 * random.standard_normal(n))
    shares = random.random(workers)
    shares[1:2] = 0 if workers > 2 else shares[1:2]
    return weights.astype(dtype), shares / shares.sum()


def alone(weights, shares):
    workers, n = weights.shape
    out = np.empty(n, weights.dtype)
    slots = Slots(weights.reshape(-1), np.arange(workers) * n)
    combine(slots, shares, out, LocalCommunicator())
    return out


def together(weights, shares, ranks, wrap=lambda each: each, how="exact"):
    """What every rank of a group ends with."""
    workers, n = weights.shape
    outs = [np.full(n, np.nan, weights.dtype) for _ in range(ranks)]

    def run(communicator, out):
        own = workers_of(communicator.rank, ranks, workers)
        memory = weights[own.start : own.stop].copy().reshape(-1)
        combine(Slots(memory, np.arange(len(own)) * n), shares, out, wrap(communicator), how)

    threads = [
        threading.Thread(target=run, args=pair)
        for pair in zip(ThreadedCommunicator.group(ranks), outs, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outs


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 2048, 40_000])
@pytest.mark.parametrize("ranks", [2, 3, 4])
@pytest.mark.parametrize("workers", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("wrap", [Plain, lambda each: each])
def test_the_bits_are_those_of_one_rank(workers, ranks, n, dtype, wrap, monkeypatch):
    monkeypatch.setattr(reduction, "BLOCK_BYTES", 1 << 16)
    weights, shares = problem(workers, n, dtype)
    expected = alone(weights, shares)
    for out in together(weights, shares, ranks, wrap):
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_fast_is_the_mean_up_to_rounding_and_equal_on_all_ranks(workers):
    weights, shares = problem(workers, 5000, "float32")
    first, *others = together(weights, shares, 3, how="fast")
    exact = (weights.astype(np.float64) * shares[:, None]).sum(axis=0)
    np.testing.assert_allclose(first, exact, rtol=1e-6, atol=1e-9 * np.abs(weights).max())
    for other in others:
        np.testing.assert_array_equal(other, first)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_mean_of_one_has_the_bits_of_the_sum_that_any_mean_is(dtype):
    from fastavg.kernels.means.exact import mean

    own = np.array([-0.0, 0.0, 1.5, -3e-42, 7e30, -1e-7], dtype)
    expected = np.empty(len(own), dtype)
    mean(own, np.zeros(1, np.int64), np.ones(1), expected)
    assert alone(own[None], np.ones(1)).tobytes() == expected.tobytes()


def test_a_number_that_is_not_finite_shows_in_the_mean():
    weights, shares = problem(4, 10_000, "float32")
    weights[2, 77] = np.inf
    for out in together(weights, shares, 2):
        assert not np.isfinite(out[77])
        assert np.isfinite(out[9000:]).all()


def test_the_groups_here_take_the_ways_that_they_stand_for():
    group = ThreadedCommunicator.group(2)
    assert isinstance(group[0], Exchanger)
    assert not isinstance(Plain(group[0]), Exchanger)


@pytest.mark.parametrize(("workers", "ranks"), [(1, 4), (7, 3), (8, 8), (3, 5)])
def test_every_worker_has_one_rank(workers, ranks):
    runs = [workers_of(rank, ranks, workers) for rank in range(ranks)]
    assert [worker for run in runs for worker in run] == list(range(workers))
    assert max(map(len, runs)) - min(map(len, runs)) <= 1


@pytest.mark.parametrize("ranks", [2, 3])
def test_members_on_any_ranks_have_the_mean_that_one_rank_makes(ranks):
    weights, shares = problem(5, 700, "float32")
    chosen = [1, 2, 4]
    parts = shares[chosen] / shares[chosen].sum()
    expected = np.empty(700, "float32")
    memory = weights.reshape(-1)
    combine_members(Slots(memory, np.array(chosen) * 700), parts, expected, None)
    outs = [np.empty(700, "float32") for _ in range(ranks)]

    def run(communicator):
        # The last rank has none of them.
        own = [at for at in range(3) if at % max(1, ranks - 1) == communicator.rank]
        starts = np.array([chosen[at] * 700 for at in own], np.int64)
        combine_members(Slots(memory, starts), parts[own], outs[communicator.rank], communicator)

    threads = [
        threading.Thread(target=run, args=(each,)) for each in ThreadedCommunicator.group(ranks)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for out in outs:
        assert (out == expected).all()
