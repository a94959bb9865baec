"""A worker whose weights are no longer finite: stop, or go on without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import SGD, ConfigError, Diverged, Network, Plan, Shards
from fastavg.averaging import SlowMo
from fastavg.data.rows import Rows
from fastavg.training.observers.events import WorkerSkipped
from fastavg.training.observers.history import History
from tests.training.checkpoints.test_file import Notes
from tests.training.runs import train_rounds

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
    notes, history = Notes(), History()
    plan = replace(PLAN, on_divergence="skip", solver_state=state)
    weights = run(plan, rows(1), [notes, history])
    skipped = [(event.round, event.worker) for event in notes.of(WorkerSkipped)]
    assert skipped == [(round, 1) for round in range(4)]
    assert np.isfinite(weights).all()
    assert np.isfinite(history.losses).all()
    # Two of three equal workers: the mean is what each of them found.
    np.testing.assert_array_equal(weights, run(replace(plan, workers=1), rows_of_two()))
    np.testing.assert_array_equal(weights, run(plan, rows(1), processes=2))


def rows_of_two():
    data = rows()
    return Rows(data.X[:1], data.Y[:1], data.weights)


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
        Plan(on_divergence="pray")
