"""A worker that is alone holds its weights once: the same bits, events and errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import random_array

from fastavg import MLPClassifier
from fastavg.averaging import Mean
from fastavg.data.rows import Rows
from fastavg.data.sparse_rows import as_features
from fastavg.errors import Diverged
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.stopping_rule import Stopping
from fastavg.solvers import SGD, Adam, Schedule
from fastavg.solvers.regularization import Regularization
from fastavg.training import run as runs
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.controllers.penalty import L2Penalty
from fastavg.training.observers.history import History
from fastavg.training.resident_center import can_stay
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

PLAN = small_plan(workers=1, epochs=6, solver=Adam(0.01), batch_size=16)
WIDE = Network((300, 7, 3), "tanh", "softmax")


@pytest.fixture(autouse=True)
def every_network_is_large(monkeypatch):
    monkeypatch.setattr(runs, "LARGE", 0)


def sparse_rows(dtype):
    X = as_features(random_array((90, 300), density=0.03, random_state=0).tocsr(), dtype, 300)
    Y = np.arange(90.0).reshape(-1, 1) % 3
    return Rows(X, Y.astype(dtype), np.zeros(0, dtype))


def both_ways(plan, sparse=False):
    """Weights and losses of a run that may stay, and of one by the center and the slot."""
    network = WIDE if sparse else NETWORK
    rows = sparse_rows(plan.dtype) if sparse else data_for(NETWORK, 100, plan.dtype)
    for seconds in (0.1, 0):
        watch = EarlyStopping(Stopping(patience=100), penalty=L2Penalty(network, 1e-3))
        run = Run(network, plan, rows, first_weights(network, plan))
        watch.begin(run.first_weights(), [], [], np.inf)
        execution = Execution(1, block_seconds=seconds, observers=(History(),))
        assert can_stay(run, execution, (watch,)) == bool(seconds)
        yield train_run(run, execution, (watch,)).tobytes(), watch.losses


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("plan", [
    PLAN, replace(PLAN, solver=SGD(0.1, Schedule("cosine")), dtype="float64"),
    replace(PLAN, average_every=0.5, regularization=Regularization(l2=1e-2, dropout=0.2)),
], ids=["adam", "cosine", "dropout"])
def test_bits_and_losses_are_those_of_the_center(plan, sparse):
    resident, plain = both_ways(plan, sparse)
    assert resident == plain


def test_the_weights_before_a_divergence_are_found_again():
    # The penalty's step throws weights to the other side of zero, and further away.
    solver, l2 = SGD(200.0, momentum=0), Regularization(l2=1.0)
    plan, ends = replace(PLAN, solver=solver, regularization=l2, epochs=20), []
    for seconds in (0.1, 0):
        history = History()
        run = Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), first_weights(NETWORK, plan))
        with pytest.raises(Diverged) as error:
            train_run(run, Execution(1, block_seconds=seconds, observers=(history,)))
        ends.append((error.value.round, error.value.worker, error.value.weights.tobytes()))
    assert ends[0] == ends[1]
    assert ends[0][0] > 0


def test_only_what_needs_no_second_copy_stays():
    rows = data_for(NETWORK, 100, PLAN.dtype)

    def stays(plan, listener=None):
        return can_stay(Run(NETWORK, plan, rows), Execution(1), (listener,) if listener else ())

    wants_drift = History()
    wants_drift.wants_drift = True
    assert stays(PLAN)
    assert stays(PLAN, History())
    assert not stays(PLAN, wants_drift)
    assert not stays(replace(PLAN, workers=2))
    assert not stays(replace(PLAN, averaging=Mean(), solver_state="reset"))


def test_an_estimator_finds_the_same_weights(monkeypatch):
    X = random_array((200, 300), density=0.03, random_state=0).tocsr()
    y, fits = np.arange(200) % 3, []
    for large in (0, 1 << 30):
        monkeypatch.setattr(runs, "LARGE", large)
        model = MLPClassifier((9,), max_iter=3, random_state=0, alpha=0.1)
        with pytest.warns(UserWarning, match="Maximum iterations"):
            model.fit(X, y)
        fits.append((model.weights_.tobytes(), model.loss_curve_))
    assert fits[0] == fits[1]
