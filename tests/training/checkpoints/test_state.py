"""The committed state: where it is restored to, and whose state belongs to it."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.solvers import SGD
from fastavg.training.center import CenterBuffers
from fastavg.training.checkpoints.state import (
    State,
    load_state_dicts,
    own_vectors,
    state_dicts,
)
from tests.communicators.ranks import on_ranks
from tests.training.runs import small_plan

KEEP = small_plan(workers=5, solver=SGD(), solver_state="keep")
AVERAGE = small_plan(workers=5, solver=SGD())


class Counts:
    def __init__(self, number=0):
        self.number = number

    def state_dict(self):
        return {"number": self.number}

    def load_state_dict(self, state):
        self.number = state["number"]


class OnlyWatches:
    def on_event(self, event):
        return None


def test_only_listeners_with_a_state_are_in_it_by_class_and_position():
    listeners = [Counts(1), OnlyWatches(), Counts(2)]
    found = state_dicts(listeners)
    assert found == {"Counts-0": {"number": 1}, "Counts-1": {"number": 2}}
    fresh = [OnlyWatches(), Counts(), Counts(), Counts(9)]
    load_state_dicts(fresh, found)
    # One that the state does not know begins at its beginning.
    assert [each.number for each in fresh[1:]] == [1, 2, 9]


def filled(plan, workers):
    buffers = CenterBuffers.create("private", plan, 7, len(workers))
    for round in (0, 1):
        for slot, worker in enumerate(workers):
            buffers.slot(round, slot)[:] = 100 * round + worker
    return buffers


@pytest.mark.parametrize("rounds", [1, 2])
def test_own_vectors_are_those_of_the_last_complete_round(rounds):
    own = own_vectors(filled(KEEP, range(5)), rounds, 5, range(5))
    assert own.shape == (5, 1, 7)
    assert own[:, 0, 0].tolist() == [100 * (rounds - 1) + worker for worker in range(5)]


@pytest.mark.parametrize(("plan", "rounds"), [(KEEP, 0), (AVERAGE, 3)])
def test_there_are_none_before_the_first_round_or_where_nobody_keeps_any(plan, rounds):
    assert own_vectors(filled(plan, range(5)), rounds, 5, range(5)).shape == (5, 0, 0)


def test_ranks_collect_the_vectors_of_all_workers():
    def rank(communicator):
        workers = (range(2), range(2, 5))[communicator.rank]
        return own_vectors(filled(KEEP, workers), 1, 5, workers, communicator)

    for own in on_ranks(2, rank):
        assert own[:, 0, 0].tolist() == [0, 1, 2, 3, 4]


def test_a_state_is_restored_to_where_the_next_round_reads_it():
    random = np.random.default_rng(0)
    state = State(
        4, random.normal(size=(2, 7)).astype("f4"), np.zeros((0, 7), "f4"),
        random.normal(size=(5, 1, 7)).astype("f4"),
    )
    buffers = CenterBuffers.create("private", KEEP, 7, 2)
    state.restore(buffers, range(3, 5))
    assert (buffers.center(4)[: len(state.center)] == state.center).all()
    assert (buffers.own(3, 0) == state.own[3]).all()
    assert (buffers.own(3, 1) == state.own[4]).all()
