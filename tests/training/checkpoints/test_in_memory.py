"""A store in memory: call after call is one run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.plan.execution import Execution
from fastavg.solvers import SGD
from fastavg.training.checkpoints.in_memory import InMemory
from fastavg.training.run import Run
from fastavg.training.session import open_session
from fastavg.training.train import train_run
from tests.training.runs import NETWORK, Recorder, data_for, first_weights, small_plan

ALONE = Execution(1, LocalCommunicator())


def make(plan):
    return Run(NETWORK, plan, data_for(NETWORK, 60, plan.dtype), first_weights(NETWORK, plan))


@pytest.mark.parametrize("state", ["average", "reset", "keep"])
@pytest.mark.parametrize("averaging", ["mean", "slow-momentum", "easgd"])
def test_calls_one_after_the_other_are_one_run(state, averaging):
    plan = small_plan(
        workers=3, epochs=3, average_every=1, solver=SGD(), solver_state=state,
        averaging=averaging,
    )
    whole = train_run(make(plan), ALONE)
    store = InMemory()
    for epochs in (1, 2, 3):
        store = InMemory(store.state)
        weights = train_run(make(replace(plan, epochs=epochs)), ALONE, store=store)
        assert store.state.rounds == epochs
    assert weights.tobytes() == whole.tobytes()


def test_a_state_is_a_copy_and_only_there_once_the_call_is_over():
    store, seen, recorder = InMemory(), [], Recorder()

    class Looks:
        def on_round(self, event):
            seen.append(store.state)

    plan = small_plan(workers=2, epochs=2, average_every=1)
    weights = train_run(make(plan), replace(ALONE, observers=(Looks(), recorder)), store=store)
    assert seen == [None, None]
    assert store.state.center[0].tobytes() == weights.tobytes()
    weights[:] = 0
    assert store.state.center[0].any()


def test_a_call_that_fails_leaves_the_state_as_it_was():
    plan = small_plan(workers=2, epochs=1, average_every=1)
    store = InMemory()
    train_run(make(plan), ALONE, store=store)
    before = store.state
    longer = open_session(make(replace(plan, epochs=2)), ALONE, store=store)
    with pytest.raises(ZeroDivisionError), longer as session:
        _ = session.rounds / 0
    assert store.state is before


def test_as_many_epochs_are_over_if_an_epoch_has_other_rounds():
    store = InMemory()
    for every, rounds, epochs in ((1 / 2, 2, 1), (1 / 3, 6, 2), (1, 3, 3)):
        plan = small_plan(workers=2, epochs=epochs, average_every=every)
        store.count_by(plan.rounds_per_epoch)
        train_run(make(plan), ALONE, store=store)
        assert store.state.rounds == rounds
    # Nothing says how many epochs these rounds are.
    store.count_by(None)
    assert store.state.rounds == 3


def test_what_is_counted_in_other_rounds_goes_on_to_the_same_bits():
    plan = small_plan(workers=3, epochs=2, average_every=1 / 3, solver_state="keep")
    straight, detour = InMemory(), InMemory()
    for store in (straight, detour):
        store.count_by(3)
        train_run(make(replace(plan, epochs=1)), ALONE, store=store)
    for rounds in (5, 1, 3):
        detour.count_by(rounds)
        assert detour.state.rounds == rounds
    weights = [train_run(make(plan), ALONE, store=store) for store in (straight, detour)]
    assert weights[0].tobytes() == weights[1].tobytes()
