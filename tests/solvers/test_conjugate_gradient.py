from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize

import fastavg
from fastavg import Execution, Regularization, Resample
from fastavg.datasets import load_digits5k
from fastavg.errors import ConfigError
from fastavg.plan.plan import Plan
from fastavg.solvers.conjugate_gradient import ConjugateGradient, descend
from fastavg.solvers.objective import BatchObjective
from tests.kernels.network.test_full_batch import CASES, dense, oracle, problem
from tests.solvers.reference import reference_descend


def as_objective(function):
    """(value, gradient) as the library's kind of objective."""

    def objective(theta, gradient):
        value, gradient[:] = function(theta)
        return float(value)

    return objective


def bowl(n=12, condition=50.0):
    random = np.random.default_rng(3)
    q, _ = np.linalg.qr(random.normal(size=(n, n)))
    A = q @ np.diag(np.geomspace(1, condition, n)) @ q.T
    b = random.normal(size=n)
    return (lambda x: (0.5 * x @ A @ x - b @ x, A @ x - b)), np.zeros(n)


def logistic_regression():
    random = np.random.default_rng(4)
    X, y = random.normal(size=(80, 6)), np.sign(random.normal(size=80))

    def function(w):
        margin = y * (X @ w)
        pull = y / (1 + np.exp(margin))
        return np.logaddexp(0, -margin).sum() + 0.5 * w @ w, -X.T @ pull + w

    return function, np.ones(6)


def valley():
    return (
        lambda x: (scipy.optimize.rosen(x), scipy.optimize.rosen_der(x)), np.array([-1.2, 1.0])
    )


@pytest.mark.parametrize("make", [bowl, logistic_regression, valley])
@pytest.mark.parametrize("searches", [1, 2, 3, 5, 10])
def test_the_reference_takes_the_same_steps(make, searches):
    function, start = make()
    point, values, _ = reference_descend(function, start, searches)
    theta = start.copy()
    end = descend(as_objective(function), theta, searches)
    assert end.searches == len(values)
    np.testing.assert_allclose(theta, point, rtol=1e-6, atol=1e-8)
    assert end.value == pytest.approx(values[-1], rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("make", [bowl, logistic_regression])
def test_convex_minima_are_scipy_s(make):
    function, start = make()
    theta = start.copy()
    descend(as_objective(function), theta, 200)
    expected = scipy.optimize.minimize(function, start, jac=True, tol=1e-12)
    np.testing.assert_allclose(theta, expected.x, rtol=1e-5, atol=1e-6)
    assert function(theta)[0] <= expected.fun + 1e-9 * abs(expected.fun)


def test_the_valley_s_end_is_reached():
    function, start = valley()
    descend(as_objective(function), start, 100)
    np.testing.assert_allclose(start, 1.0, atol=1e-6)


def test_the_minimum_is_not_left():
    function, _ = bowl()
    minimum = scipy.optimize.minimize(function, np.zeros(12), jac=True, tol=1e-14).x
    theta = minimum.copy()
    descend(as_objective(function), theta, 50)
    np.testing.assert_allclose(theta, minimum, atol=1e-6)
    flat = np.zeros(3)
    assert descend(as_objective(lambda x: (1.0, np.zeros(3))), flat, 5).searches == 0
    assert not flat.any()


def test_a_start_without_a_value_is_marked():
    theta = np.zeros(3)
    descend(as_objective(lambda x: (np.nan, np.zeros(3))), theta, 5)
    assert np.isnan(theta).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_is_trained_as_by_the_reference(dtype):
    network = CASES[0]
    job, weights, X, Y, counted = problem(network, dtype)
    theta = job.workspace.theta
    objective = BatchObjective(job, 5, 40)
    end = descend(objective, theta, 6)
    point, values, evaluations = reference_descend(
        lambda w: oracle(network, w, X, Y, counted, job.l2), weights, 6
    )
    single = dtype is np.float32
    assert objective.evaluations == evaluations
    assert end.value == pytest.approx(values[-1], rel=1e-4 if single else 1e-10)
    np.testing.assert_allclose(
        dense(job.workspace, theta), point, rtol=1e-2 if single else 1e-8,
        atol=1e-3 if single else 1e-8,
    )


def paper_like(workers=3, dtype="float64", **changes):
    settings = {
        "workers": workers, "epochs": 15, "average_every": 5, "batch_size": 0,
        "solver": ConjugateGradient(),
        "solver_state": "reset", "sampling": Resample(0.9),
        "regularization": Regularization(0.6987),
        "init": "uniform(0, 1)", "seed": 4, "dtype": dtype,
    }
    return Plan(**{**settings, **changes})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_processes_do_not_change_a_bit(dtype):
    X, y = load_digits5k()
    X, y = X[::20], y[::20]
    network = fastavg.Network((400, 6, 10), activation="logistic", output="logistic")
    one, two = (
        fastavg.train(
            network, X, y, paper_like(dtype=dtype), execution=Execution(processes)
        ).weights
        for processes in (1, 2)
    )
    assert one.tobytes() == two.tobytes()


def test_a_round_s_searches_go_on_from_each_other():
    """Five searches in one round are more than five rounds of one."""
    X, y = load_digits5k()
    X, y = X[::10], y[::10]
    network = fastavg.Network((400, 8, 10), activation="logistic", output="logistic")
    losses = []
    for average_every in (10, 1):
        plan = paper_like(
            1, average_every=average_every, epochs=10, init="glorot", sampling=Resample()
        )
        losses.append(fastavg.train(network, X, y, plan, execution=Execution(1)).loss(X, y))
    assert losses[0] < losses[1]


def test_mini_batches_are_refused():
    with pytest.raises(ConfigError, match="batch_size is 32; ConjugateGradient takes"):
        paper_like(batch_size=32)
