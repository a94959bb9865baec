"""Steps with a rate for each weight, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, Network
from fastavg.solvers import Schedule
from fastavg.solvers.divided_steps import DividedSteps, refuse_reactive
from fastavg.solvers.layer_views import layers_of
from tests.solvers.jobs import job_of


def test_steps_against_numpy():
    random = np.random.default_rng(0)
    X, Y = random.normal(size=(12, 3)), random.normal(size=(12, 2))
    job = job_of(Network((3, 2), output="identity"), X, Y, batch_size=4, l2=0.3)
    space, divisors = job.workspace, random.uniform(0.5, 2, (4, 2))
    space.state[1] = 1
    for layer in layers_of(space, space.state[1]):
        layer.matrix[:], layer.biases[:] = divisors[:3], divisors[3]
    DividedSteps(0.1, momentum=0.6, common=0.2).train(job)

    W, v = np.zeros((4, 2)), np.zeros((4, 2))
    inputs = np.hstack([X, np.ones((12, 1))])
    for part in np.split(np.arange(12), 3):
        g = inputs[part].T @ (inputs[part] @ W - Y[part]) / 4
        g[:3] += 0.3 / 4 * W[:3]
        v = 0.6 * v - 0.1 * g / (divisors + 0.2)
        W = W + v
    found = layers_of(space, space.theta)[0]
    np.testing.assert_allclose(np.vstack([found.matrix, found.biases]), W, rtol=1e-12)


def test_schedules_that_watch_the_loss_are_refused():
    refuse_reactive(Schedule("cosine"), "newton")
    with pytest.raises(ConfigError, match="schedule is plateau, which watches the loss; newton"):
        refuse_reactive(Schedule("plateau"), "newton")
