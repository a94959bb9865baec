"""``train_steps_regular`` and its parts: ``penalize_and_clip`` and ``bound_norms``."""

import numpy as np
import pytest

from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.regularized import (
    bound_columns,
    bound_norms,
    loss_gradient_regular,
    penalize_and_clip,
    train_steps_regular,
)
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.solvers import Regularization
from tests import oracles
from tests.kernels import calls
from tests.kernels.keyed.test_dropout import kept
from tests.problems import TOLERANCE, close, rows_for, table_network, weights_of


def steps(network, theta, X, Y, regular, count=1, rate=0.1, l2=0.0, name="sgd", first=3):
    """Steps on all rows at once; loss and weights after them."""
    code, n_vectors = calls.UPDATES[name]
    drops = regular.drops(len(network.shapes) - 1)
    space = Workspace(network, len(X), theta.dtype, n_vectors, dropped=drops[1:].tolist())
    repack(space.dense, theta, space.layers, space.theta)
    data = calls.arrays(X, Y, None, np.arange(len(X)), theta.dtype)
    loss, _ = train_steps_regular(
        space.layers, space.back, space.loss, code, calls.hyper(), np.full(count, rate), l2,
        space.theta, space.state, space.scratch, data, np.array([[0, len(X)]] * count),
        regular.limits(), drops, np.uint64(99), first,
    )
    return loss, calls.unpacked(space, space.theta)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_a_step_with_dropout_follows_the_derivative_of_its_loss(activation):
    network = Network((6, 9, 8, 3), activation)
    theta = weights_of(network)
    X, Y = rows_for(network, 11)
    regular = Regularization(dropout=(0.3, 0.5), input_dropout=0.2)
    loss, after = steps(network, theta, X, Y, regular)
    assert loss != pytest.approx(oracles.loss(network, theta, X, Y))
    derivative = (theta - after) / 0.1
    random = np.random.default_rng(0)
    for _ in range(12):
        direction = random.normal(0, 1e-6, theta.size)
        up = steps(network, theta + direction, X, Y, regular)[0]
        down = steps(network, theta - direction, X, Y, regular)[0]
        assert (up - down) / (2 * len(X)) == pytest.approx(
            float(derivative @ direction), rel=1e-5, abs=1e-13
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dropout_is_the_masks_applied_to_inputs_and_outputs(dtype):
    network = Network((6, 9, 3), "tanh")
    theta = weights_of(network, dtype=dtype)
    X, Y = rows_for(network, 11, dtype=dtype)
    loss, _ = steps(network, theta, X, Y, Regularization(dropout=0.5, input_dropout=0.25))
    (W1, b1), (W2, b2) = oracles.layers_of(network, theta.astype(float))
    hidden = np.tanh((X * kept(99, 3, 0, 0.25, 11, 6) / 0.75) @ W1 + b1)
    z = hidden * kept(99, 3, 1, 0.5, 11, 9) * 2 @ W2 + b2
    expected = -(Y * np.log(oracles.softmax(z))).sum()
    assert loss == pytest.approx(expected, rel=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "regular",
    [
        Regularization(), Regularization(l1=0.3), Regularization(clip_value=0.02),
        Regularization(clip_norm=0.05),
        Regularization(l1=0.2, clip_value=0.03, clip_norm=0.1), Regularization(clip_norm=1e9),
        Regularization(max_norm=0.8), Regularization(max_norm=1e9),
        Regularization(max_change=0.01), Regularization(max_change=1e9),
        Regularization(clip_norm=0.1, max_change=0.02, max_norm=0.8),
    ],
    ids=repr,
)
def test_steps_are_the_oracle_s(regular, dtype):
    network = table_network("tanh", "softmax", 2)
    theta = weights_of(network, dtype=dtype)
    X, Y = rows_for(network, 12, dtype=dtype)
    _, after = steps(network, theta, X, Y, regular, 4, 0.2, 0.5, "momentum")
    expected, optimizer = theta.astype(float), oracles.Momentum(theta.size)
    mask = oracles.decay_mask(network)
    for _ in range(4):
        g = oracles.gradient(network, expected, X, Y, l2=0.5)
        g += regular.l1 / 12 * np.sign(expected) * mask
        g = np.clip(g, -(regular.clip_value or np.inf), regular.clip_value or np.inf)
        g *= min(1, (regular.clip_norm or np.inf) / np.linalg.norm(g))
        before, expected = expected, optimizer.step(expected.copy(), g, 0.2)
        length = np.linalg.norm(expected - before)
        expected = before + min(1, (regular.max_change or np.inf) / length) * (expected - before)
        for W, _ in network.views(expected):
            W *= np.minimum(1, (regular.max_norm or np.inf) / np.linalg.norm(W, axis=0))
    assert close(after, expected, TOLERANCE[dtype])


def test_penalize_and_clip_and_bound_norms_keep_nan_visible():
    network = Network((3, 4, 2))
    theta = weights_of(network)
    space = calls.workspace(network, theta, 1)
    gradient = space.theta.copy()
    gradient[0] = np.nan
    penalize_and_clip(space.layers, space.theta, gradient, 0.1, 0.1, 0.5, 0.5)
    assert np.isnan(gradient[0])
    space.theta[0] = np.nan
    bound_norms(space.layers, space.theta, 0.1, space.scratch.bias)
    assert np.isnan(space.theta[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bounded_columns_by_parts_are_bounded_norms(dtype):
    network = Network((5, 90, 3))
    space = Workspace(network, 2, dtype)
    repack(space.dense, 3 * weights_of(network, dtype=dtype), space.layers, space.theta)
    whole, sums = space.theta.copy(), np.zeros(90, dtype)
    bound_norms(space.layers, whole, 1.0, sums)
    for layer, units in zip(space.layers, (90, 3), strict=True):
        for start in range(0, units, 64):
            n = min(64, units - start)
            bound_columns(layer, start, n, space.theta, 1.0, sums)
    assert space.theta.tobytes() == whole.tobytes()


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_the_gradient_with_dropout_is_that_of_a_step(dropout):
    network, key = Network((5, 9, 3), "tanh"), np.uint64(17)
    X, Y = rows_for(network, 8, targets="classes")
    regular = Regularization(dropout=dropout)
    space = Workspace(network, 8, "float64", dropped=[dropout])
    repack(space.dense, weights_of(network), space.layers, space.theta)
    data = calls.arrays(X, Y, None, np.arange(8), "float64")
    before, drops = space.theta.copy(), regular.drops(1)
    loss, weight = loss_gradient_regular(
        space.layers, space.back, space.loss, space.theta, space.scratch, data, 0, 8, drops, key, 3
    )
    gradient = space.scratch.gradient.copy()
    taken = train_steps_regular(
        space.layers, space.back, space.loss, 0, calls.hyper(), np.ones(1), 0.0, space.theta,
        space.state, space.scratch, data, np.array([[0, 8]]), regular.limits(), drops, key, 3,
    )
    assert np.isclose(loss, taken[0])
    assert weight == taken[1] == 8
    after, expected = (calls.unpacked(space, each) for each in (space.theta, before - gradient))
    assert close(after, expected, 1e-12)
    assert np.abs(gradient).max() > 1e-3
