"""Who allows several rounds at once, and how many."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fastavg.averaging import SlowMo
from fastavg.plan.execution import Execution
from fastavg.plan.stopping_rule import Stopping
from fastavg.solvers import Adam, Nadam, Regularization
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.observers.events import Observer, RoundFinished
from fastavg.training.observers.history import History
from fastavg.training.run import Run
from fastavg.training.run_ahead import can_run_ahead, undisturbed_rounds
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

PLAN = small_plan(workers=1, epochs=30, solver=Adam(0.01), batch_size=16)


class Reads(Observer):
    """Looks at the weights of every round."""


@pytest.mark.parametrize(("plan", "listeners"), [
    (replace(PLAN, workers=2), []),
    (replace(PLAN, averaging=SlowMo()), []),
    (replace(PLAN, solver=Nadam()), []),
    (replace(PLAN, regularization=Regularization(dropout=0.5)), []),
    (replace(PLAN, stopping=Stopping(max_seconds=9)), []),
    (replace(PLAN, solver_state="reset"), []),
    (replace(PLAN, augment="noise"), []),
    (PLAN, [Reads()]), (PLAN, [object()]),
    (PLAN, [EarlyStopping(Stopping(), validate=lambda weights: (0.0, 0.0))]),
    (PLAN, [EarlyStopping(Stopping(restore_best=True))]),
    (PLAN, [EarlyStopping(Stopping(), report=lambda figures: False)]),
])
def test_who_wants_rounds_one_by_one(plan, listeners):
    run = Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), first_weights(NETWORK, plan))
    assert not can_run_ahead(run, Execution(), listeners)
    quiet = [History(), EarlyStopping(Stopping())]
    run = replace(run, plan=PLAN)
    assert can_run_ahead(run, Execution(), quiet)
    assert not can_run_ahead(run, Execution(block_seconds=0), quiet)


def test_patience_leaves_fewer_and_fewer_rounds():
    watch = EarlyStopping(Stopping(patience=3, tol=0))
    left = [watch.undisturbed_rounds()]
    for round, loss in enumerate([1, 2, 0.5, 1, 1]):
        watch.on_round(RoundFinished(
            round, 9, round + 1, loss, 1, 1, 0, 0, 0, 0, lambda: np.zeros(2)
        ))
        left.append(watch.undisturbed_rounds())
    assert left == [4, 4, 3, 4, 3, 2]


def test_the_most_watchful_listener_decides():
    assert undisturbed_rounds([]) == undisturbed_rounds([History()]) == math.inf
    assert undisturbed_rounds([History(), EarlyStopping(Stopping(patience=4))]) == 5
    assert undisturbed_rounds([History(), object()]) == 0
