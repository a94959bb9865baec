from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.rows import TaskData
from fastavg.datasets import load_digits5k
from fastavg.errors import ConfigError
from fastavg.experiments.derivatives import train_derivatives
from fastavg.networks.network import Network
from fastavg.plan.profiles import paper
from fastavg.solvers import Adam, Regularization
from fastavg.training.algorithms.local_sgd import train_rounds
from tests.kernels.network.test_objective import oracle
from tests.solvers.reference import reference_descend

NETWORK = Network((400, 5, 10), "logistic", "logistic")


@pytest.fixture(scope="module")
def data():
    X, y = load_digits5k()
    rows = slice(None, None, 50)
    return TaskData(
        X[rows].astype("f8"), y[rows].astype("f8").reshape(-1, 1), np.zeros(0)
    )


def make(workers, epochs=5):
    plan = paper(workers=workers, epochs=epochs, seed=2, regularization=Regularization(0.1)).plan
    return plan, NETWORK.initial_weights(2, "glorot", "float64")


def test_one_descent_follows_the_mean_derivative(data):
    plan, start = make(3)
    sampler = plan.sampler(len(data.X), data.Y)
    samples = [sampler.batches(worker, 0, 0, 5) for worker in range(3)]
    rows = [batches.order[: batches.steps[0, 1]] for batches in samples]
    one_hot = np.eye(10)[data.Y[:, 0].astype(int)]

    def mean(weights):
        parts = [
            oracle(
                NETWORK, weights, data.X[each], one_hot[each], np.ones(len(each)),
                plan.regularization.l2,
            )
            for each in rows
        ]
        return np.mean([value for value, _ in parts]), np.mean([g for _, g in parts], axis=0)

    expected, _, _ = reference_descend(mean, start, 5)
    found = train_derivatives(NETWORK, plan, data, start)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_one_worker_alone_is_the_sequential_run(data):
    plan, start = make(1, epochs=10)
    np.testing.assert_allclose(
        train_derivatives(NETWORK, plan, data, start),
        train_rounds(NETWORK, plan, data, start), rtol=1e-8, atol=1e-10,
    )


def test_processes_do_not_change_a_bit(data, nothing_left):
    plan, start = make(3)
    one, two = (train_derivatives(NETWORK, plan, data, start, n) for n in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_another_solver_is_refused(data):
    _, start = make(2)
    other = paper(solver=Adam(), batch_size=8).plan
    with pytest.raises(ConfigError, match="the solver is Adam"):
        train_derivatives(NETWORK, other, data, start)
