"""Committees: the same bits whoever trains them, and each member as if alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import ConfigError, Diverged, Execution, Network, Plan, RankMismatch, train
from fastavg.data.deformations import Digits
from fastavg.solvers import SGD
from fastavg.training.observers.events import Finished, Observer, RoundFinished, Started
from fastavg.training.train_committee import seed_of_member, train_committee
from tests.communicators.ranks import on_ranks
from tests.training.runs import Recorder

NETWORK = Network((16, 6, 3))
PLAN = Plan(
    workers=2, epochs=2, average_every=0.5, batch_size=8, seed=5, augment=Digits((4, 4)),
)
RANDOM = np.random.default_rng(1)
X, Y = RANDOM.random((60, 16), "f4"), RANDOM.integers(0, 3, 60)


def committee(plan=PLAN, members=3, **execution):
    return train_committee(
        NETWORK, X, Y, plan, n_members=members, execution=Execution(**execution)
    )


@pytest.fixture(scope="module")
def alone():
    return committee(processes=1)


def test_a_member_is_the_network_of_its_seed(alone):
    assert not np.array_equal(alone.members[0], alone.members[1])
    for member in (0, 2):
        plan = replace(PLAN, seed=seed_of_member(5, member))
        single = train(NETWORK, X, Y, plan, execution=Execution(processes=1))
        np.testing.assert_array_equal(alone.members[member], single.weights)


@pytest.mark.parametrize("processes", [2, 3])
def test_the_same_bits_for_any_number_at_a_time(alone, processes):
    np.testing.assert_array_equal(committee(processes=processes).members, alone.members)


@pytest.mark.parametrize("size", [2, 4])
def test_the_same_bits_for_any_number_of_ranks(alone, size):
    for found in on_ranks(size, lambda ranks: committee(processes=1, communicator=ranks)):
        np.testing.assert_array_equal(found.members, alone.members)


def test_ranks_agree_on_the_number_of_members():
    with pytest.raises(RankMismatch, match="number of members"):
        on_ranks(2, lambda ranks: committee(members=2 + ranks.rank, communicator=ranks))


class End(Observer):
    """Ends training as a signal does."""

    def on_round(self, event):
        if event.round == 1:
            raise KeyboardInterrupt
        return False


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_that_was_ended_goes_on_to_the_same_bits(alone, tmp_path, processes):
    kept = {"processes": processes, "checkpoint": tmp_path / "c", "checkpoint_every": 1}
    with pytest.raises(KeyboardInterrupt):
        committee(observers=(End(),), **kept)
    assert (tmp_path / "c.0").exists()
    np.testing.assert_array_equal(committee(resume="auto", **kept).members, alone.members)


def test_observers_hear_of_the_first_member(alone):
    recorder = Recorder()
    committee(processes=2, observers=(recorder,))
    assert len(recorder.of(Started)) == len(recorder.of(Finished)) == 1
    assert len(recorder.of(RoundFinished)) == 4


def test_weights_that_are_not_finite_end_all_ranks():
    wild = replace(PLAN, solver=SGD(1e30), augment=Plan().augment)
    with pytest.raises(Diverged):
        committee(wild, processes=2)
    with pytest.raises(Diverged):
        on_ranks(2, lambda ranks: committee(wild, communicator=ranks))


def test_there_is_one_member_at_least():
    with pytest.raises(ConfigError, match="n_members is 0"):
        committee(members=0)
