"""Whole runs against mini-batch gradient descent written in NumPy."""

import numpy as np
import pytest

from fastavg.data.sampling_schemes import Shards
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.solvers import SGD, Adam, Regularization, Schedule
from fastavg.training.observers.events import RoundFinished
from tests import oracles
from tests.training.runs import Recorder, data_for, first_weights, run

TOLERANCE = {"float32": 1e-4, "float64": 1e-10}
SOLVERS = {
    "sgd": (SGD(0.1, momentum=0.0), oracles.SGD),
    "momentum": (SGD(0.05, momentum=0.9), oracles.Momentum),
    "nesterov": (SGD(0.05, momentum=0.9, nesterov=True), oracles.Nesterov),
    "adam": (Adam(0.002), oracles.Adam),
}


def relative(weights, expected):
    return np.linalg.norm(weights - expected) / np.linalg.norm(expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("name", SOLVERS)
def test_one_worker_is_mini_batch_gradient_descent(name, activation, weighted, dtype):
    network = Network((5, 7, 3), activation, "softmax")
    solver, optimizer = SOLVERS[name]
    plan = Plan(
        workers=1, epochs=20, batch_size=7, solver=solver, dtype=dtype,
        sampling=Shards(shuffle=False), regularization=Regularization(0.05),
    )
    recorder = Recorder()
    weights = run(plan, network, n=52, weighted=weighted, observers=[recorder])
    data, start = data_for(network, 52, dtype, weighted), first_weights(network, plan)
    batches = oracles.consecutive_batches(52, 7)
    row_weights = data.weights if weighted else None
    expected, losses, state = start, [], optimizer(start.size)
    for _ in range(20):
        rates = [solver.learning_rate] * len(batches)
        expected, loss = oracles.train(
            network, expected, data.X, data.Y, batches, state, rates, row_weights, 0.05
        )
        losses.append(loss / (row_weights.sum(dtype=float) if weighted else 52))
    assert relative(weights, expected) < TOLERANCE[dtype]
    seen = [event.loss for event in recorder.of(RoundFinished)]
    assert seen == pytest.approx(losses, rel=TOLERANCE[dtype])


def test_a_schedule_follows_the_run_and_not_the_round():
    network = Network((5, 3))
    plan = Plan(
        epochs=4, average_every=0.5, batch_size=5, sampling=Shards(shuffle=False),
        regularization=Regularization(0), dtype="float64",
        solver=SGD(0.3, Schedule("cosine"), momentum=0.0),
    )
    data, start = data_for(network, 40, "float64"), first_weights(network, plan)
    rates = 0.3 * Schedule("cosine").factors(0, 32, 32, 5)
    batches = oracles.consecutive_batches(40, 5) * 4
    expected, _ = oracles.train(network, start, data.X, data.Y, batches, oracles.SGD(0), rates)
    assert relative(run(plan, network, n=40), expected) < 1e-12


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize(("workers", "n"), [(2, 60), (3, 60), (5, 53), (4, 41)])
def test_an_average_after_every_step_is_one_worker_with_a_larger_batch(
    workers, n, momentum, shuffle, dtype
):
    # With n = 53 and 41 the last step of an epoch is short, and shared out unevenly.
    def plan(workers, batch_size, every):
        return Plan(
            workers=workers, epochs=3, average_every=every, batch_size=batch_size,
            regularization=Regularization(0),
            solver=SGD(0.1, momentum=momentum), sampling=Shards(shuffle), dtype=dtype,
        )

    steps = plan(workers, 4, 1).sampler(n).steps_per_epoch
    averaged = run(plan(workers, 4, 1 / steps), n=n)
    single = run(plan(1, 4 * workers, 1), n=n)
    assert relative(averaged, single) < (1e-5 if dtype == "float32" else 1e-13)


def test_the_mean_counts_each_worker_by_its_rows():
    # Two workers share three rows, one step: the mean of their steps by rows is the
    # step of all three.
    def plan(workers):
        return Plan(
            workers=workers, epochs=1, batch_size=0, regularization=Regularization(0),
            solver=SGD(0.5, momentum=0.0), sampling=Shards(shuffle=False), dtype="float64",
        )

    assert relative(run(plan(2), n=3), run(plan(1), n=3)) < 1e-14


def test_rounds_shorter_than_a_step_change_nothing():
    plan = Plan(workers=2, epochs=2, batch_size=4, average_every=1, dtype="float64")
    short = Plan(workers=2, epochs=2, batch_size=4, average_every=1 / 60, dtype="float64")
    exact = Plan(workers=2, epochs=2, batch_size=4, average_every=1 / 3, dtype="float64")
    assert plan.sampler(24).steps_per_epoch == 3
    recorder = Recorder()
    weights = run(short, n=24, observers=[recorder])
    assert len(recorder.of(RoundFinished)) == 120
    assert (weights == run(exact, n=24)).all()
