"""``forward``, ``backward``, ``predict_rows``, ``gather``, ``squared_weights``."""

import itertools

import numpy as np
import pytest

from fastavg.kernels.network.dense import gather, squared_weights
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.train_steps import loss_gradient
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.networks.network import OUTPUTS, Network
from fastavg.networks.workspace import Workspace
from tests import oracles
from tests.kernels import calls
from tests.problems import TOLERANCE, close, row_weights, rows_for, table_network, weights_of

# Every activation with one output, every output with one activation of each sort.
PAIRS = [
    (activation, output) for activation, output in itertools.product(ACTIVATIONS, OUTPUTS)
    if output == "softmax" or activation in ("tanh", "gelu")
]
TABLE = [
    pytest.param(activation, output, depth, dtype, id=f"{activation}-{output}-{depth}-{dtype}")
    for (activation, output), depth, dtype in itertools.product(
        PAIRS, range(4), ("float32", "float64")
    )
]


def kinds_of_targets(output):
    return ("full",) if output in ("identity", "exponential") else ("full", "classes")


@pytest.mark.parametrize(("activation", "output", "depth", "dtype"), TABLE)
def test_forward_backward_predict_rows_agree_with_the_oracle(activation, output, depth, dtype):
    network = table_network(activation, output, depth)
    theta = weights_of(network, depth, dtype)
    tolerance = TOLERANCE[dtype]
    for n, targets in itertools.product((1, 2, 7, 33), kinds_of_targets(output)):
        X, Y = rows_for(network, n, depth, targets, dtype)
        assert close(
            calls.linear_outputs(network, theta, X), oracles.forward(network, theta, X)[0][-1],
            tolerance,
        )
        predicted = calls.predict(network, theta, X, 5)
        assert close(predicted, oracles.predict(network, theta, X), tolerance)
        for weights in (None, row_weights(n, dtype=dtype)):
            loss, total, derivative = calls.gradient(network, theta, X, Y, weights)
            assert total == pytest.approx(n if weights is None else weights.sum(), rel=1e-6)
            assert loss == pytest.approx(oracles.loss(network, theta, X, Y, weights), rel=tolerance)
            assert close(derivative, oracles.gradient(network, theta, X, Y, weights), tolerance)


@pytest.mark.parametrize(
    ("activation", "output", "depth"), [(*pair, depth) for pair in PAIRS for depth in range(4)],
)
def test_backward_is_the_derivative_of_the_loss_by_central_differences(activation, output, depth):
    network = table_network(activation, output, depth)
    theta = weights_of(network, depth + 1)
    X, Y = rows_for(network, 7, depth + 1)
    weights = row_weights(7)
    _, total, derivative = calls.gradient(network, theta, X, Y, weights)
    random = np.random.default_rng(depth)
    places = random.permutation(theta.size)[:40]
    directions = [np.eye(theta.size)[place] for place in places]
    directions += list(random.normal(0, 1, (3, theta.size)))
    for direction in directions:
        step = 1e-5 / np.linalg.norm(direction)
        up = calls.gradient(network, theta + step * direction, X, Y, weights)[0]
        down = calls.gradient(network, theta - step * direction, X, Y, weights)[0]
        difference = (up - down) / (2 * step * total)
        assert difference == pytest.approx(float(derivative @ direction), rel=2e-6, abs=2e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("units", [1, 2, 3, 7, 15, 16, 17, 33])
def test_forward_and_backward_at_every_width(units, dtype):
    # Widths around the cache line, on both sides of every layer.
    network = Network((units, 34 - units, units, 1), "tanh", "logistic")
    theta = weights_of(network, units, dtype)
    X, Y = rows_for(network, 5, units, dtype=dtype)
    assert close(
        calls.gradient(network, theta, X, Y)[2], oracles.gradient(network, theta, X, Y),
        TOLERANCE[dtype],
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_backward_walks_a_layer_that_is_larger_than_an_update_block(dtype):
    # 600 x 300 weights are more than BLOCK: the update goes over them in parts.
    network = Network((600, 300, 3), "relu", "softmax")
    theta = weights_of(network, 0, dtype)
    X, Y = rows_for(network, 9, dtype=dtype)
    batches = [np.arange(9)]
    trained = calls.train(network, theta, X, Y, batches, "momentum", [0.5], l2=0.3)
    expected, _ = oracles.train(
        network, theta, X, Y, batches, oracles.Momentum(theta.size), [0.5], l2=0.3
    )
    assert close(trained.theta, expected, TOLERANCE[dtype])


def test_predict_rows_does_not_depend_on_the_rows_beside():
    network = table_network("tanh", "softmax", 2)
    theta = weights_of(network)
    X, _ = rows_for(network, 40)
    assert close(calls.predict(network, theta, X, 40), calls.predict(network, theta, X, 1), 1e-14)


def test_predict_rows_writes_only_its_own_rows():
    from fastavg.kernels.network.dense import predict_rows

    network = table_network("relu", "identity", 1)
    theta = weights_of(network)
    X, _ = rows_for(network, 6)
    space = calls.workspace(network, theta, 2)
    out = np.full((6, 3), -1.0)
    predict_rows(
        space.layers, space.output, space.theta, space.scratch.blocks, space.scratch.tile,
        X, 2, 2, out,
    )
    assert (out[[0, 1, 4, 5]] == -1).all()
    assert close(out[2:4], oracles.predict(network, theta, X[2:4]), 1e-12)


@pytest.mark.parametrize("where", ["input", "weight", "bias"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("activation", "output"), PAIRS)
def test_forward_and_backward_keep_nan_visible(activation, output, bad, where):
    network = Network((3, 4, 2), activation, output)
    theta = weights_of(network)
    X, Y = rows_for(network, 3)
    if where == "input":
        X[1, 2] = bad
    else:
        W, b = network.views(theta)[0]
        if where == "weight":
            W[2, 1] = bad
        else:
            b[1] = bad
    with np.errstate(all="ignore"):
        expected = oracles.forward(network, theta, X)[0][-1]
    loss, _, derivative = calls.gradient(network, theta, X, Y)
    seen = calls.linear_outputs(network, theta, X)
    if np.isnan(bad):
        assert np.isnan(loss)
        assert np.isnan(derivative).any()
        assert (np.isnan(seen) == np.isnan(expected)).all()
        assert (np.isnan(calls.predict(network, theta, X)).any(axis=1)
                == np.isnan(expected).any(axis=1)).all()
    else:
        # An infinity that the activation does not saturate must not come back finite.
        assert (np.isfinite(seen) == np.isfinite(expected)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gather_copies_rows_in_order(dtype):
    X = np.arange(20, dtype=dtype).reshape(5, 4)
    blocks = np.full(64, -1, dtype)
    gather(X, np.array([4, 0, 3, 1]), 1, 3, blocks, 16)
    assert (blocks[:48].reshape(3, 16)[:, :4] == X[[0, 3, 1]]).all()
    assert (blocks[48:] == -1).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_squared_weights_leaves_biases_out(dtype):
    network = Network((17, 5, 3))
    theta = weights_of(network, 2, dtype)
    expected = sum((W**2).sum() for W, _ in oracles.layers_of(network, theta.astype(float)))
    space = Workspace(network, 1, dtype)
    assert squared_weights(space.dense, theta) == pytest.approx(expected, rel=1e-6)


def test_backward_leaves_zeros_between_the_rows_of_a_gradient():
    # Layers of several widths share the memory of errors; line searches see the gaps too.
    network = Network((9, 60, 29, 29, 60, 3), "tanh")
    theta = weights_of(network)
    X, Y = rows_for(network, 12)
    space = calls.workspace(network, theta, 12)
    data = calls.arrays(X, Y, None, np.arange(12), theta.dtype)
    for _ in range(2):
        loss_gradient(space.layers, space.loss, space.theta, space.scratch, data, 0, 12)
    used = np.zeros_like(space.theta)
    repack(space.dense, np.ones_like(theta), space.layers, used)
    assert not space.scratch.gradient[used == 0].any()
