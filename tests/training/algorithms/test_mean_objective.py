"""The mean of all workers' objectives against the formulas, however rows are shared out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.data.rows import Rows
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.solvers import LBFGS, Regularization
from fastavg.training.algorithms.mean_objective import MeanObjective
from fastavg.training.run import Run
from fastavg.training.session import open_session
from tests.kernels.network.test_full_batch import oracle
from tests.training.runs import data_for

NETWORK = Network((5, 7, 3), "tanh")
L2 = 0.8


def session_of(workers, weighted=False, rows=None):
    plan = Plan(
        workers=workers, batch_size=0, algorithm="lbfgs", solver=LBFGS(), solver_state="reset",
        dtype="float64", regularization=Regularization(L2),
    )
    rows = rows or data_for(NETWORK, 41, "float64", weighted)
    start = NETWORK.initial_weights(1, dtype="float64")
    return open_session(Run(NETWORK, plan, rows, start), Execution(1, LocalCommunicator()))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("workers", [1, 3, 8])
def test_value_and_gradient_are_those_of_all_rows_at_once(workers, weighted):
    theta = NETWORK.initial_weights(5, dtype="float64")
    gradient = np.zeros_like(theta)
    with session_of(workers, weighted) as session:
        rows, mean = session.run.rows, MeanObjective(session, 0)
        value = mean(theta, gradient)
        counted = rows.weights if weighted else np.ones(41)
        expected, derivative = oracle(NETWORK, theta, rows.X, rows.Y, counted, L2)
        assert value == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(gradient, derivative, rtol=1e-10, atol=1e-13)
        assert mean.rows == pytest.approx(counted.sum())
        free, _ = oracle(NETWORK, theta, rows.X, rows.Y, counted, 0.0)
        assert mean.loss == pytest.approx(free * counted.sum(), rel=1e-12)
        mean(theta, gradient)
        assert mean.evaluations == 2 * workers
        # The point is the next center; the committed one is as it was.
        assert (session.buffers.center(1)[0] == theta).all()
        assert (session.published() == session.run.start).all()


def test_a_point_at_which_a_loss_is_not_finite_is_nan():
    theta = NETWORK.initial_weights(5, dtype="float64")
    theta[0] = np.inf
    with session_of(2) as session:
        assert math.isnan(MeanObjective(session, 0)(theta, np.zeros_like(theta)))


def test_rows_that_all_weigh_nothing_have_no_objective():
    given = data_for(NETWORK, 41, "float64")
    with session_of(2, rows=Rows(given.X, given.Y, np.zeros(41))) as session:
        mean = MeanObjective(session, 0)
        assert math.isnan(mean(session.run.start, np.zeros_like(session.run.start)))
        assert mean.rows == 0
