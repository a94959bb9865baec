"""``train_steps`` and ``loss_gradient``: whole epochs against the oracle."""

import itertools

import numpy as np
import pytest

from fastavg.networks.network import OUTPUTS, Network
from tests import oracles
from tests.kernels import calls
from tests.problems import TOLERANCE, close, row_weights, rows_for, table_network, weights_of

OPTIMIZERS = {
    "sgd": oracles.SGD, "momentum": oracles.Momentum,
    "nesterov": oracles.Nesterov, "adam": oracles.Adam,
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("output", list(OUTPUTS))
@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_train_steps_agree_with_the_oracle(name, output, dtype):
    for depth, weighted, l2 in itertools.product((0, 2), (False, True), (0.0, 0.5)):
        network = table_network("tanh", output, depth)
        theta = weights_of(network, depth, dtype)
        X, Y = rows_for(network, 23, depth, dtype=dtype)
        weights = row_weights(23, dtype=dtype) if weighted else None
        batches = oracles.consecutive_batches(23, 5) * 2
        rates = 0.01 * (1 + np.arange(len(batches)) % 3)
        trained = calls.train(network, theta, X, Y, batches, name, rates, weights, l2)
        optimizer = OPTIMIZERS[name](theta.size)
        expected, loss = oracles.train(
            network, theta, X, Y, batches, optimizer, rates, weights, l2
        )
        # Adam divides by the root of a tiny second moment: rounding counts for more.
        tolerance = TOLERANCE[dtype] * (100 if name == "adam" else 1)
        assert close(trained.theta, expected, tolerance)
        assert trained.loss == pytest.approx(loss, rel=tolerance)
        total = 2 * (23 if weights is None else weights.sum(dtype=float))
        assert trained.weight == pytest.approx(total, rel=1e-6)
        if name in ("momentum", "nesterov"):
            assert close(trained.state[0], optimizer.v, tolerance)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_train_steps_can_be_broken_off_and_continued(name):
    network = table_network("relu", "softmax", 2)
    theta = weights_of(network)
    X, Y = rows_for(network, 20)
    batches = oracles.consecutive_batches(20, 3)
    rates = np.linspace(0.1, 0.01, len(batches))
    whole = calls.train(network, theta, X, Y, batches, name, rates)
    first = calls.train(network, theta, X, Y, batches[:4], name, rates[:4])
    second = calls.train(
        network, first.theta, X, Y, batches[4:], name, rates[4:], state=first.state, steps=4
    )
    assert (second.theta == whole.theta).all()
    assert (second.state == whole.state).all()


def test_train_steps_counts_an_empty_step_and_does_nothing_else():
    network = table_network("relu", "softmax", 1)
    theta = weights_of(network)
    X, Y = rows_for(network, 4)
    nothing = np.arange(0)
    batches = [np.arange(2), nothing, np.arange(2, 4)]
    trained = calls.train(network, theta, X, Y, batches, "adam", [0.1, 9.0, 0.1])
    one = calls.train(network, theta, X, Y, batches[:1], "adam", [0.1])
    two = calls.train(
        network, one.theta, X, Y, batches[2:], "adam", [0.1], state=one.state, steps=2
    )
    assert (trained.theta == two.theta).all()


def test_train_steps_with_row_weights_of_zero_moves_nothing():
    network = table_network("relu", "softmax", 1)
    theta = weights_of(network)
    X, Y = rows_for(network, 4)
    trained = calls.train(
        network, theta, X, Y, [np.arange(4)], "momentum", [0.1], np.zeros(4), l2=1.0
    )
    assert trained.weight == 0
    assert (trained.theta == theta).all()


def test_train_steps_l2_shrinks_weights_and_not_biases():
    # All errors are zero, so only the penalty pulls.
    network = Network((2, 3), output="identity")
    theta = np.arange(1.0, 10.0)
    X = np.zeros((4, 2))
    Y = np.tile(theta[6:], (4, 1))
    trained = calls.train(network, theta, X, Y, [np.arange(4)], "sgd", [0.5], l2=0.8)
    assert close(trained.theta[:6], theta[:6] * (1 - 0.5 * 0.8 / 4), 1e-15)
    assert (trained.theta[6:] == theta[6:]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loss_gradient_of_logits_beyond_the_exponent_range(dtype):
    # The naive formulas overflow here; the loss is simply |z| or 0.
    for output in ("softmax", "logistic"):
        network = Network((1, 3), output=output)
        theta = np.array([1, 0, -1, 0, 0, 0], dtype)
        X = np.array([[3000.0], [-3000.0]], dtype)
        Y = np.array([[0, 0, 1], [0, 0, 1]], dtype)
        loss, _, derivative = calls.gradient(network, theta, X, Y)
        assert loss == pytest.approx(oracles.loss(network, theta, X, Y), rel=1e-6)
        assert close(derivative, oracles.gradient(network, theta, X, Y), 1e-6)


@pytest.mark.parametrize("output", ["softmax", "logistic"])
def test_loss_gradient_takes_class_numbers_and_one_hot_rows_alike(output):
    network = table_network("tanh", output, 1)
    theta = weights_of(network)
    X, classes = rows_for(network, 9, targets="classes")
    by_number = calls.gradient(network, theta, X, classes)
    one_hot = calls.gradient(network, theta, X, np.eye(3)[classes[:, 0].astype(int)])
    assert by_number[0] == pytest.approx(one_hot[0], rel=1e-14)
    assert close(by_number[2], one_hot[2], 1e-15)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
@pytest.mark.parametrize("output", list(OUTPUTS))
def test_train_steps_keep_nan_visible(output, name):
    network = table_network("relu", output, 2)
    theta = weights_of(network, dtype="float32")
    X, Y = rows_for(network, 6, dtype="float32")
    X[3, 1] = np.nan
    trained = calls.train(network, theta, X, Y, [np.arange(3), np.arange(3, 6)], name, [0.1, 0.1])
    assert np.isnan(trained.loss)
    assert np.isnan(trained.theta).any()
