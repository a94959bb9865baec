"""Many rounds at once: the same bits, events and errors as one by one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fastavg.errors import Diverged
from fastavg.plan.execution import Execution
from fastavg.plan.stopping_rule import Stopping
from fastavg.solvers import SGD, Adam, Schedule
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.controllers.penalty import L2Penalty
from fastavg.training.observers.history import History
from fastavg.training.programs.local_training import LocalTraining
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

PLAN = small_plan(workers=1, epochs=30, solver=Adam(0.01), batch_size=16)


class Undisturbed(History):
    """A history that also keeps the events."""

    def __init__(self):
        super().__init__()
        self.events = []

    def on_round(self, event):
        super().on_round(event)
        self.events.append(event)


class Watchful(Undisturbed):
    """One that does without nothing, so that rounds are trained one by one."""

    def undisturbed_rounds(self):
        return 0


@pytest.fixture
def calls(monkeypatch):
    """How many rounds every call of :meth:`LocalTraining.rounds` was asked for."""
    asked = []
    inner = LocalTraining.rounds

    def rounds(self, first, bounds, *more):
        asked.append(len(bounds) - 1)
        return inner(self, first, bounds, *more)

    monkeypatch.setattr(LocalTraining, "rounds", rounds)
    return asked


def trained(plan, observer, controllers=()):
    rows = data_for(NETWORK, 100, plan.dtype)
    run = Run(NETWORK, plan, rows, first_weights(NETWORK, plan))
    return train_run(run, Execution(1, observers=(observer,)), controllers)


def n_rounds(plan):
    return plan.rounds_of(plan.sampler(100))


def stopping(plan, **more):
    watch = EarlyStopping(Stopping(**more), penalty=L2Penalty(NETWORK, 1e-3))
    watch.begin(first_weights(NETWORK, plan), [], [], math.inf)
    return watch


@pytest.mark.parametrize("plan", [
    PLAN, replace(PLAN, dtype="float64", batch_size=0), replace(PLAN, average_every=0.5),
    replace(PLAN, average_every=2, epochs=31), replace(PLAN, solver=SGD(0.1, Schedule("cosine"))),
    replace(PLAN, solver=SGD(0.1, Schedule("invscaling", warmup=2), momentum=0)),
], ids=["adam", "whole", "halves", "twos", "cosine", "warmup"])
def test_bits_and_events(plan, calls):
    ahead, single = Undisturbed(), Watchful()
    watches = [stopping(plan, patience=math.inf) for _ in "12"]
    found = trained(plan, ahead, (watches[0],))
    assert sum(calls) == n_rounds(plan)
    assert len(calls) < n_rounds(plan) / 5
    assert np.array_equal(found, trained(plan, single, (watches[1],)))
    assert sum(calls) == n_rounds(plan)
    assert watches[0].losses == watches[1].losses
    for a, b in zip(ahead.events, single.events, strict=True):
        for name in ("round", "n_rounds", "epoch", "loss", "rows", "evaluations", "last"):
            assert getattr(a, name) == getattr(b, name)
    assert ahead.total("training_seconds") > 0


def test_training_ends_where_patience_does(calls):
    plan = replace(PLAN, epochs=400, solver=SGD(0.5))
    watches = [stopping(plan, patience=4, tol=1e-3) for _ in "12"]
    observer = Undisturbed()
    ahead = trained(plan, observer, (watches[0],))
    assert watches[0].converged
    # No round was trained that did not count.
    assert sum(calls) <= len(observer.events) < 400
    assert max(calls) <= 5
    assert np.array_equal(ahead, trained(plan, Watchful(), (watches[1],)))
    assert watches[0].losses == watches[1].losses


def test_weights_that_are_not_finite_are_found_in_their_round(calls):
    plan = replace(PLAN, solver=SGD(1e18, Schedule("one_cycle")), epochs=20)
    ends = []
    for observer in (Undisturbed(), Watchful()):
        with pytest.raises(Diverged) as error:
            trained(plan, observer)
        ends.append((error.value.round, error.value.worker, len(observer.events)))
        assert np.isfinite(error.value.weights).all()
    assert ends[0] == ends[1]
    assert calls
