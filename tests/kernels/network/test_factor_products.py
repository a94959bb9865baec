"""Factors of units in training: gradients against the oracle, and what a factor of 1 is."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.regularized import loss_gradient_regular, train_steps_regular
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.networks.network import Network
from fastavg.networks.parametric_activations import RATE
from fastavg.networks.workspace import Workspace
from fastavg.solvers import Regularization
from tests import oracles
from tests.kernels import calls

TOLERANCE = {"float32": 2e-5, "float64": 1e-11}
ROWS = 19


def made(name, dtype="float64", sizes=(4, 21, 5, 3), spread=0.4):
    network = Network(sizes, f"parametric_{name}")
    random = np.random.default_rng(7)
    weights = network.initial_weights(1, "glorot-biases", "float64")
    for *_, factors in network.parts(weights):
        factors[:] = spread / RATE * random.normal(size=factors.shape)
    X, Y = random.normal(size=(ROWS, sizes[0])), random.integers(0, 3, (ROWS, 1))
    return network, weights.astype(dtype), X.astype(dtype), Y.astype(dtype)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_outputs_and_gradients_are_the_oracles(name, dtype):
    network, weights, X, Y = made(name, dtype)
    found = calls.linear_outputs(network, weights, X)
    close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    np.testing.assert_allclose(found, oracles.forward(network, weights, X)[0][-1], **close)
    rows = np.random.default_rng(2).uniform(0.5, 2, ROWS)
    _, _, gradient = calls.gradient(network, weights, X, Y, rows)
    np.testing.assert_allclose(gradient, oracles.gradient(network, weights, X, Y, rows), **close)


@pytest.mark.parametrize("name", ["relu", "selu"])
def test_gradients_are_central_differences(name):
    network, weights, X, Y = made(name)
    _, total, gradient = calls.gradient(network, weights, X, Y)
    for *_, factors in network.parts(gradient):
        # What an optimizer is given is the derivative with respect to a = 1 + RATE s.
        factors *= RATE
    wanted, step = np.empty_like(weights), 1e-6
    for at in range(len(weights)):
        both = []
        for side in (step, -step):
            moved = weights.copy()
            moved[at] += side
            both.append(oracles.loss(network, moved, X, Y))
        wanted[at] = (both[0] - both[1]) / (2 * step * total)
    np.testing.assert_allclose(gradient, wanted, atol=2e-9)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_step_moves_a_factor_by_a_tenth_of_what_it_moves_a_weight(solver):
    network, weights, X, Y = made("tanh")
    gradient = oracles.gradient(network, weights, X, Y)
    after = calls.train(network, weights, X, Y, [np.arange(ROWS)], solver, [0.01], epsilon=0.0)
    step = gradient if solver == "sgd" else np.sign(gradient)
    before, now, steps = map(network.parts, (weights, after.theta, step))
    for (W, b, s), (new_W, new_b, new_s), (by_W, by_b, by_a) in zip(
        before, now, steps, strict=True
    ):
        np.testing.assert_allclose(new_W - W, -0.01 * by_W, rtol=1e-6)
        np.testing.assert_allclose(new_b - b, -0.01 * by_b, rtol=1e-6)
        a, new_a = 1 + RATE * s, 1 + RATE * new_s
        np.testing.assert_allclose(new_a - a, -0.001 * by_a, rtol=1e-6)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("name", ["relu", "mish", "selu", "logistic"])
def test_factors_of_one_that_do_not_move_are_the_plain_activation(name, dtype):
    network, weights, X, Y = made(name, dtype, spread=0.0)
    plain = Network(network.layer_sizes, name)
    own = np.concatenate([part.ravel() for layer in network.views(weights) for part in layer])
    for _ in range(5):
        weights = calls.train(network, weights, X, Y, [np.arange(ROWS)], "sgd", [0.2]).theta
        own = calls.train(plain, own, X, Y, [np.arange(ROWS)], "sgd", [0.2]).theta
        for *_, factors in network.parts(weights):
            factors[:] = 0
        found = np.concatenate([part.ravel() for each in network.views(weights) for part in each])
        np.testing.assert_allclose(found, own, rtol=0, atol=TOLERANCE[dtype] / 10)


def test_dropout_drops_what_the_factors_have_made():
    network, weights, X, Y = made("mish")
    regular = Regularization(dropout=0.5)
    drops = regular.drops_of(network)
    assert drops.tolist() == [0, 0, 0.5, 0, 0.5]
    space = Workspace(network, ROWS, "float64", 1, dropped=drops[1:].tolist())
    data = calls.arrays(X, Y, None, np.arange(ROWS), "float64")

    def at(theta, gradient=True):
        repack(space.dense, theta, space.layers, space.theta)
        loss, total = loss_gradient_regular(
            space.layers, space.back, space.loss, space.theta, space.scratch, data, 0, ROWS,
            drops, np.uint64(3), 4,
        )
        return calls.unpacked(space, space.scratch.gradient) if gradient else loss / total

    found, wanted = at(weights), np.empty_like(weights)
    for *_, factors in network.parts(found):
        factors *= RATE
    for index in range(len(weights)):
        both = []
        for side in (1e-6, -1e-6):
            moved = weights.copy()
            moved[index] += side
            both.append(at(moved, gradient=False))
        wanted[index] = (both[0] - both[1]) / 2e-6
    np.testing.assert_allclose(found, wanted, atol=2e-9)
    # Steps take the same gradient.
    repack(space.dense, weights, space.layers, space.theta)
    train_steps_regular(
        space.layers, space.back, space.loss, calls.UPDATES["sgd"][0], calls.hyper(),
        np.array([0.1]), 0.0, space.theta, space.state, space.scratch, data,
        np.array([[0, ROWS]]), regular.limits(), drops, np.uint64(3), 4,
    )
    for *_, factors in network.parts(found):
        factors /= RATE
    after = calls.unpacked(space, space.theta)
    np.testing.assert_allclose(after, weights - 0.1 * found, atol=1e-12)


@pytest.mark.parametrize("regular", [
    Regularization(clip_norm=0.01), Regularization(max_norm=0.5, l1=0.1),
    Regularization(max_change=0.01),
])
def test_limits_take_factors_as_they_take_biases(regular):
    network, weights, X, Y = made("tanh", spread=0.1)
    space = Workspace(network, ROWS, "float64", 1)
    repack(space.dense, weights, space.layers, space.theta)
    data = calls.arrays(X, Y, None, np.arange(ROWS), "float64")
    train_steps_regular(
        space.layers, space.back, space.loss, calls.UPDATES["sgd"][0], calls.hyper(),
        np.array([0.1]), 0.0, space.theta, space.state, space.scratch, data,
        np.array([[0, ROWS]]), regular.limits(), regular.drops_of(network), np.uint64(3), 0,
    )
    found = calls.unpacked(space, space.theta)
    gradient = oracles.gradient(network, weights, X, Y)
    if regular.l1:
        for W, own in zip(
            (each[0] for each in network.views(gradient)),
            (each[0] for each in network.views(weights)), strict=True,
        ):
            W += 0.1 / ROWS * np.sign(own)
    step = -0.1 * gradient
    if regular.clip_norm:
        step *= 0.01 / np.linalg.norm(gradient)
    if regular.max_change:
        step *= 0.01 / np.linalg.norm(step)
    wanted = weights + step
    if regular.max_norm:
        for W, _ in network.views(wanted):
            W *= np.minimum(1, 0.5 / np.linalg.norm(W, axis=0))
    np.testing.assert_allclose(found, wanted, atol=1e-12)
