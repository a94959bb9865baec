"""Rows of a job's steps, deformed: which keys they get, and that cuts change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.data.deformations import Affine, Noise, Undeformed
from fastavg.data.sampling import Batches
from fastavg.kernels.network.layout import Samples
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.randomness import key
from fastavg.solvers import SGD, Job, Regularization
from fastavg.solvers import deformed_rows as module
from fastavg.solvers.deformed_rows import DeformedRows, deformed_rows
from tests.kernels.keyed.test_row_keys import keys_of

NETWORK = Network((16, 5, 3), "tanh", "softmax")
STEPS = np.array([[0, 4], [4, 4], [8, 0], [8, 2], [10, 4], [14, 3]])


def job(deformation, **changes):
    random = np.random.default_rng(0)
    X, Y = random.random((30, 16)), random.integers(0, 3, (30, 1)).astype(float)
    space = Workspace(NETWORK, 4, "float64", 1)
    space.theta[:] = random.normal(size=len(space.theta)) * 0.3
    batches = Batches(random.integers(0, 30, 17), STEPS)
    return replace(Job(
        workspace=space, X=X, Y=Y, weights=random.random(30) + 0.5, batches=batches, first_step=4,
        total_steps=20, steps_before=0, epochs=1, rows_per_step=4, l2=0.0, steps_per_epoch=3,
        deformed=deformed_rows(deformation, 11),
    ), **changes)


def rows_of(given):
    return Samples(given.X, given.Y, given.weights, given.batches.order)


def test_rows_are_keyed_by_seed_epoch_and_row():
    given = job(Noise(0.5))
    samples, steps = given.deformed.samples(rows_of(given), STEPS[1:5], np.array([1, 2, 2, 2]))
    rows = given.batches.order[4:14]
    keys = keys_of(key(11, "deformation"), [1] * 4 + [2] * 6, rows)
    expected = np.empty((10, 16))
    Noise(0.5).deform(given.X[rows], keys, expected)
    assert samples.X.tobytes() == expected.tobytes()
    assert (given.Y[rows] == samples.Y).all()
    assert (samples.weights == given.weights[rows]).all()
    assert samples.order.tolist() == list(range(10))
    assert steps.tolist() == [[0, 4], [4, 0], [4, 2], [6, 4]]
    assert given.batches.steps.tolist() == STEPS.tolist()


@pytest.mark.parametrize("regular", [None, Regularization(dropout=0.3)])
def test_memory_for_a_step_or_for_all_changes_nothing(regular, monkeypatch):
    found, together = [], []
    for memory in (1, 1200, 1 << 20):
        monkeypatch.setattr(module, "AT_ONCE", memory)
        given = job(Affine(), regular=regular)
        if regular is not None:
            space = Workspace(NETWORK, 4, "float64", 1, dropped=(0.3,))
            space.theta[:] = given.workspace.theta
            given = replace(given, workspace=space)
        together.append(given.deformed.steps_at_once(given.X, 4))
        outcome = SGD(0.1).train(given)
        found.append((given.workspace.theta.tobytes(), outcome.weight, outcome.evaluations))
    assert together == [1, 2, 2048]
    assert found[0] == found[1] == found[2]


def test_steps_are_those_on_rows_that_were_deformed_before():
    given = job(Affine())
    # Steps 4 to 9 of the run, with 3 steps in an epoch.
    epochs = np.array([1, 1, 2, 2, 2, 3])
    samples, steps = given.deformed.samples(rows_of(given), STEPS, epochs)
    plain = job(
        Undeformed(), X=samples.X, Y=samples.Y, weights=samples.weights,
        batches=Batches(samples.order, steps),
    )
    assert plain.deformed is None
    SGD(0.1).train(given)
    SGD(0.1).train(plain)
    assert given.workspace.theta.tobytes() == plain.workspace.theta.tobytes()
    undeformed = job(Undeformed())
    SGD(0.1).train(undeformed)
    assert undeformed.workspace.theta.tobytes() != plain.workspace.theta.tobytes()


def test_nothing_is_made_where_nothing_is_deformed():
    assert deformed_rows(Undeformed(), 0) is None
    assert deformed_rows(Noise(), 3) == DeformedRows(Noise(), 3)
