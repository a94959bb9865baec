"""Centers of several ranks: what one moves, all have; what moves meanwhile is not lost."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.networks.workspace import wide_size
from fastavg.training.rank_center import RankCenter, joined_center
from fastavg.training.shared_center import SharedCenter, shared_bytes
from tests.communicators.ranks import on_ranks
from tests.training.runs import NETWORK, small_plan

SIZE = wide_size(NETWORK)


class Ranks:
    """As much of a session as the centers need."""

    def __init__(self, communicator):
        self.communicator = communicator


def center(dtype="float64"):
    plan = small_plan(dtype=dtype)
    shared = SharedCenter(
        np.zeros(shared_bytes(NETWORK, plan, 1), np.uint8), NETWORK, plan, 1
    )
    shared.center[:] = np.arange(SIZE) % 5
    return shared


def push(shared, amount):
    with shared.lock:
        shared.center += amount
        shared.version += 1


def test_all_ranks_have_what_each_has_moved():
    def one(communicator):
        shared = center()
        with joined_center(Ranks(communicator), shared, 10**6) as joined:
            push(shared, communicator.rank + 1)
            joined.exchange()
            communicator.allreduce(np.zeros(1))
            joined.exchange()
            communicator.allreduce(np.zeros(1))
        return shared.center.copy()

    for found in on_ranks(3, one):
        np.testing.assert_array_equal(found, np.arange(SIZE) % 5 + 6)


def test_a_push_during_an_exchange_is_given_at_the_next():
    shared, given = center(), []

    class PushedMeanwhile:
        """The vector of two ranks, of which the other one has added 100."""

        def add(self, change, values):
            given.append(change.copy())
            values[:] = shared.center + 100
            push(shared, 7)

        def answer(self):
            pass

    joined = RankCenter(shared, PushedMeanwhile(), 1)
    push(shared, 3)
    before = shared.center.copy()
    joined.exchange()
    np.testing.assert_array_equal(shared.center, before + 107)
    joined.exchange()
    assert [each[0] for each in given] == [3, 7]


def test_the_thread_exchanges_after_so_many_pushes():
    def one(communicator):
        shared = center("float32")
        with joined_center(Ranks(communicator), shared, 2):
            for _ in range(2):
                push(shared, 0.5)
            deadline = time.monotonic() + 20
            while shared.center[0] < 2 and time.monotonic() < deadline:
                # Who does not push does not look for what the others have moved.
                push(shared, 0.0)
                time.sleep(0.005)
        return float(shared.center[0])

    assert on_ranks(2, one) == [2.0, 2.0]


def test_one_rank_has_nobody_to_join():
    with joined_center(Ranks(LocalCommunicator()), center(), 1) as joined:
        assert joined is None


def test_an_error_ends_the_thread():
    def one(communicator):
        with pytest.raises(KeyError), joined_center(Ranks(communicator), center(), 1):
            raise KeyError

    on_ranks(2, one)
    deadline = time.monotonic() + 10
    while any(each.name == "rank-center" for each in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
