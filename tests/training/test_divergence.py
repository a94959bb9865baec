"""A worker whose weights are no longer finite: stop, or go on without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import SGD, ConfigError, Diverged, Network, Plan, Shards
from fastavg.averaging import SlowMo
from fastavg.data.rows import Rows
from fastavg.training.observers.events import RoundFinished, WorkerSkipped
from fastavg.training.observers.history import History
from tests.communicators.ranks import on_ranks
from tests.training.runs import Recorder, data_for, first_weights, small_plan, train_rounds
from tests.training.runs import run as run_small

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]

NETWORK = Network((2, 1), output="identity")
PLAN = Plan(workers=3, epochs=4, batch_size=0, solver=SGD(1e-3, momentum=0.5),
            sampling=Shards(shuffle=False))


def rows(poisoned=None):
    """One row a worker; a poisoned one makes that worker overflow."""
    X, Y = np.ones((3, 2), "f4"), np.ones((3, 1), "f4")
    if poisoned is not None:
        X[poisoned] = Y[poisoned] = 1e30
    return Rows(X, Y, np.zeros(0, "f4"))


def run(plan, data, observers=(), processes=1):
    return train_rounds(NETWORK, plan, data, np.zeros(3, "f4"), processes, observers=observers)


@pytest.mark.parametrize("processes", [1, 2])
def test_stop_keeps_the_last_finite_center(processes):
    with pytest.raises(Diverged, match="worker 1 are no longer finite after round 0") as caught:
        run(PLAN, rows(1), processes=processes)
    assert (caught.value.round, caught.value.worker) == (0, 1)
    assert np.isfinite(caught.value.weights).all()
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("state", ["average", "reset", "keep"])
def test_skip_goes_on_without_it(state):
    recorder, history = Recorder(), History()
    plan = replace(PLAN, on_divergence="skip", solver_state=state)
    weights = run(plan, rows(1), [recorder, history])
    skipped = [(event.round, event.worker) for event in recorder.of(WorkerSkipped)]
    assert skipped == [(round, 1) for round in range(4)]
    assert np.isfinite(weights).all()
    assert np.isfinite(history.losses).all()
    # Two of three equal workers: the mean is what each of them found.
    np.testing.assert_array_equal(weights, run(replace(plan, workers=1), rows_of_two()))
    np.testing.assert_array_equal(weights, run(plan, rows(1), processes=2))


def rows_of_two():
    data = rows()
    return Rows(data.X[:1], data.Y[:1], data.weights)


@pytest.mark.parametrize("state", ["average", "keep"])
def test_a_worker_whose_loss_is_far_above_is_left_out(state):
    data, recorder = rows(), Recorder()
    data.Y[1] = 4.0
    plan = replace(PLAN, loss_gap=3.0, solver_state=state)
    weights = run(plan, data, [recorder])
    # Squared errors of 8 and of 0.5; equal starts, so the others alone are what is averaged.
    skipped = recorder.of(WorkerSkipped)
    assert [(event.round, event.worker) for event in skipped] == [(r, 1) for r in range(4)]
    assert all(event.above > 3 for event in skipped)
    np.testing.assert_array_equal(weights, run(replace(plan, workers=1), rows_of_two()))
    np.testing.assert_array_equal(weights, run(plan, data, processes=2))
    recorder.events.clear()
    run(replace(plan, loss_gap=100.0), data, [recorder])
    assert recorder.of(WorkerSkipped) == []


def test_if_everybody_diverges_nothing_is_left_to_average():
    with pytest.raises(Diverged):
        run(replace(PLAN, on_divergence="skip"), rows([0, 1, 2]))


def test_a_rule_that_overflows_is_named():
    plan = replace(PLAN, averaging=SlowMo(rate=1e38), solver=SGD(0.3), epochs=40)
    with pytest.raises(Diverged, match="weights of the average") as caught:
        run(plan, rows())
    assert caught.value.worker is None
    assert np.isfinite(caught.value.weights).all()


def test_an_unknown_choice_is_refused():
    with pytest.raises(ConfigError, match="choose stop, skip"):
        Plan(on_divergence="ignore")


def wild_plan():
    return small_plan(solver=SGD(learning_rate=1e30, momentum=0.0), workers=3)


SMALL = Network((5, 7, 3), "tanh", "softmax")
LINEAR = Network((5, 7, 3), "identity", "identity")


@pytest.mark.parametrize("processes", [1, 2])
def test_divergence_names_round_and_worker(processes):
    with pytest.raises(Diverged) as seen:
        run_small(wild_plan(), LINEAR, processes=processes)
    assert (seen.value.round, seen.value.worker) == (0, 0)
    assert "worker 0" in str(seen.value)
    assert "round 0" in str(seen.value)
    assert seen.value.exit_code == 4


def test_divergence_is_raised_on_every_rank():
    seen = []

    def diverges(communicator):
        with pytest.raises(Diverged):
            run_small(wild_plan(), LINEAR, communicator=communicator)
        seen.append(communicator.rank)

    on_ranks(3, diverges)
    assert sorted(seen) == [0, 1, 2]


def test_a_bad_row_makes_the_run_diverge_and_names_a_worker():
    class Seen:
        def on_event(self, event):
            assert not isinstance(event, RoundFinished) or np.isfinite(event.loss)

    plan = small_plan(workers=2, sampling=Shards(shuffle=False), average_every=1, batch_size=50)
    data = data_for(SMALL, 100, "float32")
    data.X[70, 2] = np.nan
    with pytest.raises(Diverged) as seen:
        train_rounds(SMALL, plan, data, first_weights(SMALL, plan), observers=[Seen()])
    assert (seen.value.round, seen.value.worker) == (0, 1)
