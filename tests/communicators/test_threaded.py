"""Ranks that are threads."""

import threading

import numpy as np
import pytest

from fastavg.communicators import ThreadedCommunicator
from fastavg.errors import RankMismatch
from tests.communicators.conformance import PROMISES, closing_twice_is_harmless
from tests.communicators.ranks import on_ranks
from tests.communicators.windows import WINDOWS


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("promise", [*PROMISES, *WINDOWS, closing_twice_is_harmless])
def test_promise(promise, size):
    on_ranks(size, promise)


def test_a_broken_promise_is_seen():
    def broken(communicator):
        buffer = np.ones(1)
        communicator.allreduce(buffer)
        assert buffer[0] == 7

    with pytest.raises(AssertionError):
        on_ranks(2, broken)


def test_leaving_after_a_collective_does_not_disturb_it():
    # The last rank out of a collective must not stumble over the first one's close().
    for _ in range(300):
        on_ranks(3, lambda communicator: communicator.allreduce(np.ones(1)))


@pytest.mark.parametrize(
    "buffer",
    [np.ones(3), np.ones(4, np.float32), np.ones((2, 2))],
    ids=["length", "dtype", "shape"],
)
def test_unequal_buffers_are_refused_on_every_rank(buffer):
    seen = []

    def unequal(communicator):
        try:
            communicator.allreduce(buffer.copy() if communicator.rank == 1 else np.ones(4))
        except RankMismatch as error:
            seen.append(str(error))

    on_ranks(3, unequal)
    assert len(seen) == 3
    assert all("all ranks must hold the same" in message for message in seen)


def test_a_rank_that_leaves_early_releases_the_others():
    def leaves(communicator):
        if communicator.rank == 1:
            return
        communicator.allreduce(np.ones(2))

    with pytest.raises(RankMismatch, match="left before this collective was complete"):
        on_ranks(3, leaves)


def test_a_rank_that_never_comes_is_not_waited_for_without_end():
    communicator, _ = ThreadedCommunicator.group(2, timeout=0.05)
    with pytest.raises(RankMismatch, match=r"did not come within 0\.05 seconds"):
        communicator.broadcast(np.ones(1))


def test_no_thread_is_left():
    before = threading.active_count()
    on_ranks(4, lambda communicator: communicator.allreduce(np.ones(1)))
    assert threading.active_count() == before
