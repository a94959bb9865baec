"""Diagonal second-order rates: against NumPy, and Newton's step where that is exact."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, Network, Plan, Regularization, train
from fastavg.solvers import SGD, LevenbergMarquardt
from fastavg.solvers.layer_views import layers_of
from fastavg.solvers.levenberg_marquardt import diagonal_curvature
from tests.communicators.ranks import on_ranks
from tests.solvers.jobs import job_of
from tests.training.runs import data_for, first_weights, train_rounds

RANDOM = np.random.default_rng(0)


def filled(job, seed=0):
    random = np.random.default_rng(seed)
    for layer in layers_of(job.workspace, job.workspace.theta):
        for part in layer:
            part[:] = random.normal(0, 0.5, part.shape)
    return layers_of(job.workspace, job.workspace.theta)


@pytest.mark.parametrize("output", ["softmax", "logistic", "identity"])
def test_curvature_of_the_last_layer_is_the_second_difference(output):
    X = RANDOM.normal(size=(20, 4))
    Y = np.arange(20.0)[:, None] % 3 if output == "softmax" else np.eye(3)[np.arange(20) % 3]
    job = job_of(Network((4, 3), output=output), X, Y)
    layer = filled(job)[0]
    found = diagonal_curvature(job, [layer], X)[0]
    loss, step = job.workspace.criterion, 1e-4

    def mean(W, b):
        return loss.rows(X @ W + b, Y, output).mean()

    for at in ((0, 0), (3, 2), (1, 1)):
        move = np.zeros((4, 3))
        move[at] = step
        ends = [mean(layer.matrix + side * move, layer.biases) for side in (-1, 0, 1)]
        difference = (ends[0] - 2 * ends[1] + ends[2]) / step**2
        assert found.matrix[at] == pytest.approx(difference, rel=1e-4)
    assert found.biases.shape == (3,)


def test_curvature_of_inner_layers_is_the_diagonal_of_gauss_newton():
    # One output and one unit a layer: nothing is left out, so J^2 is exact.
    X, Y = RANDOM.normal(size=(15, 3)), RANDOM.normal(size=(15, 1))
    job = job_of(Network((3, 1, 1, 1), "tanh", "identity"), X, Y)
    layers = filled(job)
    found = diagonal_curvature(job, layers, X)

    def outputs():
        rows = X
        for layer in layers[:-1]:
            rows = np.tanh(rows @ layer.matrix + layer.biases)
        return (rows @ layers[-1].matrix + layers[-1].biases)[:, 0]

    for layer, own in zip(layers, found, strict=True):
        for weights, seconds in zip(layer, own, strict=True):
            for at in np.ndindex(weights.shape):
                kept, ends = weights[at], []
                for side in (-1, 1):
                    weights[at] = kept + side * 1e-6
                    ends.append(outputs())
                weights[at] = kept
                slope = (ends[1] - ends[0]) / 2e-6
                assert seconds[at] == pytest.approx((slope**2).mean(), rel=1e-5)


def test_it_is_newtons_step_where_inputs_are_uncorrelated():
    X = np.array([[1.0, 10], [1, -10], [-1, 10], [-1, -10]])
    y = X @ np.array([2.0, -0.3]) + 1
    solver = LevenbergMarquardt(1.0, momentum=0.0, damping=1e-12)
    plan = Plan(
        epochs=1, batch_size=4, solver=solver, dtype="float64", regularization=Regularization(l2=0),
    )
    model = train(Network((2, 1), output="identity"), X, y, plan)
    assert model.loss(X, y) < 1e-20


def test_badly_scaled_inputs_do_not_slow_it_down():
    y = (RANDOM.normal(size=400) > 0).astype(int)
    X = np.column_stack([RANDOM.normal(size=(400, 3)), (2 * y - 1) * 0.02])
    X[:, :3] *= 20

    def score(solver):
        plan = Plan(epochs=10, batch_size=20, solver=solver, dtype="float64")
        return train(Network((4, 2)), X, y, plan).score(X, y)

    plain = max(score(SGD(rate)) for rate in (1e-3, 1e-2, 1e-1))
    assert plain < 0.8
    assert score(LevenbergMarquardt(0.05, damping=1e-4)) > 0.95


@pytest.mark.parametrize("state", ["average", "reset", "keep"])
def test_the_same_bits_on_processes_and_ranks(state):
    network = Network((5, 7, 3), "tanh")
    plan = Plan(
        workers=3, epochs=2, average_every=0.5, batch_size=8, solver_state=state,
        solver=LevenbergMarquardt(refresh=2, curvature_rows=20),
    )
    rows, start = data_for(network, 60, "float32"), first_weights(network, plan)
    alone = train_rounds(network, plan, rows, start)
    np.testing.assert_array_equal(train_rounds(network, plan, rows, start, 2), alone)
    for found in on_ranks(
        2, lambda each: train_rounds(network, plan, rows, start, communicator=each)
    ):
        np.testing.assert_array_equal(found, alone)


def test_what_it_cannot_do_is_refused():
    with pytest.raises(ConfigError, match="schedule is plateau, which watches the loss"):
        LevenbergMarquardt(schedule="plateau")
    with pytest.raises(ConfigError, match="gradient-averaging goes with optimizers"):
        train(Network((2, 2)), np.eye(2), [0, 1], Plan(
            solver="levenberg-marquardt", algorithm="gradient-averaging",
        ))
    with pytest.raises(ConfigError, match="loss Hinge has no second derivatives"):
        train(Network((2, 2), output="margin"), np.eye(2), [0, 1], Plan(
            solver="levenberg-marquardt", loss="hinge",
        ))
