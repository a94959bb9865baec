from __future__ import annotations

import numpy as np
import pytest

import fastavg
from fastavg import Execution
from fastavg.datasets import load_digits5k
from fastavg.errors import ConfigError
from fastavg.plan.plan import Plan
from fastavg.solvers.backtracking import BacktrackingSGD
from tests.kernels.network.test_full_batch import CASES, dense, oracle, problem


def test_one_step_is_the_first_rate_that_falls_enough():
    network = CASES[0]
    job, weights, X, Y, counted = problem(network, np.float64)
    solver = BacktrackingSGD(first_rate=64.0)
    outcome = solver.train(job)
    value, gradient = oracle(network, weights, X, Y, counted, job.l2)
    rate, tried = 64.0, 1
    while (
        oracle(network, weights - rate * gradient, X, Y, counted, job.l2)[0]
        > value - solver.decrease * rate * gradient @ gradient
    ):
        rate, tried = rate / 2, tried + 1
    np.testing.assert_allclose(
        dense(job.workspace, job.workspace.theta), weights - rate * gradient, rtol=1e-10
    )
    assert 1 < tried == outcome.evaluations - 1
    assert outcome.weight == 40


def test_a_step_that_cannot_fall_is_not_taken():
    job, weights, *_ = problem(CASES[0], np.float64)
    BacktrackingSGD(first_rate=1e6, tries=2).train(job)
    np.testing.assert_array_equal(dense(job.workspace, job.workspace.theta), weights)


@pytest.mark.parametrize("batch_size", [0, 100])
def test_it_learns_without_a_learning_rate(batch_size):
    X, y = load_digits5k()
    X, y = X[::5], y[::5]
    network = fastavg.Network((400, 20, 10), activation="logistic")
    plan = Plan(
        workers=2, epochs=60, average_every=2, batch_size=batch_size, solver=BacktrackingSGD()
    )
    one, two = (fastavg.train(network, X, y, plan, execution=Execution(n)) for n in (1, 2))
    assert one.score(X, y) > 0.85
    assert one.weights.tobytes() == two.weights.tobytes()


@pytest.mark.parametrize(
    "wrong", [{"first_rate": 0}, {"decrease": 1}, {"shrink": 0}, {"growth": 0.5}]
)
def test_impossible_values_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        BacktrackingSGD(**wrong)
