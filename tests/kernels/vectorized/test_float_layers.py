"""Training steps with products in vectors against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.network import activations
from fastavg.kernels.network.layout import PRODUCTS_AT, TURNED
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.train_steps import loss_gradient, train_steps
from fastavg.kernels.vectorized.float_layers import COPY, STAGE, activate_sums, clear_after
from fastavg.kernels.vectorized.float_tiles import WIDE
from fastavg.losses import Huber
from fastavg.networks.network import OUTPUTS, Network
from fastavg.networks.vector_operands import add_vector_operands
from fastavg.networks.workspace import Workspace
from fastavg.solvers import Nadam
from tests import oracles
from tests.kernels import calls
from tests.problems import close, row_weights, rows_for, weights_of

# Odd sizes, sizes beyond one panel of 64 columns, and many inputs.
SIZES = [(3, 5, 2), (17, 33, 70, 3), (65, 16, 1), (700, 130, 1)]
OWN = ["identity", "logistic", "tanh", "relu"]


# How far gradients are from the oracle's at most.
NEAR = {"float32": 3e-5, "float64": 1e-12}


@pytest.fixture(params=list(NEAR))
def dtype(request):
    return request.param


def workspace(network, theta, rows, n_vectors=0, loss=None):
    """Products in vectors, whether the network gains by them or not."""
    space = Workspace(network, rows, theta.dtype, n_vectors, loss)
    space.kept = add_vector_operands(space.layers, rows, theta.dtype)
    space.layers[:, PRODUCTS_AT] = STAGE.address(theta.dtype)
    space.back[:, PRODUCTS_AT:] = space.layers[:, PRODUCTS_AT:]
    repack(space.dense, theta, space.layers, space.theta)
    return space


def gradient(space, X, Y, weights=None):
    data = calls.arrays(X, Y, weights, np.arange(len(X)), space.theta.dtype)
    loss, total = loss_gradient(
        space.layers, space.loss, space.theta, space.scratch, data, 0, len(X)
    )
    return loss, total, calls.unpacked(space, space.scratch.gradient)


def follows_the_oracle(network, rows, dtype, weights=None):
    theta = weights_of(network, dtype=dtype)
    X, Y = rows_for(network, rows, dtype=dtype)
    loss, total, actual = gradient(workspace(network, theta, rows), X, Y, weights)
    assert close(actual, oracles.gradient(network, theta, X, Y, weights), NEAR[dtype])
    factor = np.ones(rows) if weights is None else weights
    exact = float(factor @ oracles.row_losses(network, theta, X, Y))
    assert loss == pytest.approx(exact, rel=NEAR[dtype], abs=NEAR[dtype])
    assert total == pytest.approx(factor.sum())


@pytest.mark.parametrize("activation", OWN)
@pytest.mark.parametrize("sizes", SIZES)
def test_gradient_with_every_activation(activation, sizes, dtype):
    follows_the_oracle(Network(sizes, activation, "identity"), 37, dtype)


@pytest.mark.parametrize(("name", "function"), [
    ("IDENTITY", lambda z: z), ("LOGISTIC", lambda z: 1 / (1 + np.exp(-z))), ("TANH", np.tanh),
    # The tiles have done it.
    ("RELU", lambda z: z),
])
def test_sums_are_activated(name, function, dtype):
    z = np.linspace(-20, 20, 101, dtype=dtype)
    wanted = function(z.astype(float))
    activate_sums(getattr(activations, name), z)
    most = 8 * np.finfo(dtype).eps
    assert np.allclose(z, wanted, rtol=most, atol=most / 8)


@pytest.mark.parametrize("columns", [1, 8, 9, 16, 20, 26])
def test_numbers_after_the_last_vector_are_cleared(columns, dtype):
    matrix = np.ones((3, 48), dtype)
    clear_after(columns, 3, 48, matrix.reshape(-1))
    lanes = 64 // matrix.itemsize
    ends = [-(-columns // size) * size for size in (lanes, 16)]
    wanted = np.ones((3, 48))
    wanted[:, slice(*ends)] = 0
    assert np.array_equal(matrix, wanted)


@pytest.mark.parametrize("output", list(OUTPUTS))
def test_gradient_with_every_output(output, dtype):
    follows_the_oracle(Network((17, 33, 3), "tanh", output), 40, dtype)


@pytest.mark.parametrize("rows", [1, 2, 7, 16, 33, 64, 200])
def test_gradient_of_any_batch(rows, dtype):
    network = Network((33, 70, 4), "tanh", "softmax")
    follows_the_oracle(network, rows, dtype, row_weights(rows))


def test_gradient_where_weights_are_copied(dtype):
    network = Network((300, 130, 2), "tanh", "identity")
    space = workspace(network, weights_of(network, dtype=dtype), 70)
    assert space.layers[0, COPY] or WIDE
    follows_the_oracle(network, 70, dtype)


def test_a_loss_that_is_called():
    network = Network((17, 33, 2), "relu", "identity")
    theta = weights_of(network, dtype="float32")
    X, Y = rows_for(network, 30, dtype="float32")
    near, far = (
        gradient(workspace(network, theta, 30, loss=Huber(delta)), X, Y)[2]
        for delta in (1e3, 0.1)
    )
    wanted = oracles.gradient(network, theta, X, Y)
    assert close(near, wanted, 3e-5)
    assert not close(far, wanted, 3e-5)


def trained(space, X, Y, code, hyper, batches):
    data = calls.arrays(X, Y, None, np.arange(len(X)), space.theta.dtype)
    train_steps(
        space.layers, space.loss, code, hyper, np.full(len(batches), 0.05), 0.3, space.theta,
        space.state, space.scratch, data, np.array(batches),
    )
    return calls.unpacked(space, space.theta)


@pytest.mark.parametrize("name", [*calls.UPDATES, "nadam"])
def test_every_optimizer_takes_the_steps_that_it_takes_with_blas(name, dtype):
    network = Network((33, 130, 70, 3), "tanh", "softmax")
    theta = weights_of(network, dtype=dtype)
    X, Y = rows_for(network, 60, dtype=dtype)
    # The last batch is a short one.
    batches = [(0, 25), (25, 25), (50, 10)]
    solver = Nadam()

    def steps(space):
        if name == "nadam":
            return trained(
                space, X, Y, solver.code(dtype), solver._hyper(0, len(batches)), batches
            )
        return trained(space, X, Y, calls.UPDATES[name][0], calls.hyper(), batches)

    space = workspace(network, theta, 25, 2)
    moved = steps(space)
    plain = Workspace(network, 25, dtype, 2)
    repack(plain.dense, theta, plain.layers, plain.theta)
    wanted = steps(plain)
    # Adam's first steps have the length of the rate whichever way the last bit tips.
    follow = name in ("sgd", "momentum", "nesterov")
    most = (3e-5 if follow else 2e-3) if dtype == "float32" else (1e-13 if follow else 1e-9)
    assert np.abs(moved - wanted).max() < most
    assert np.linalg.norm(moved - wanted) < 30 * NEAR[dtype] * np.linalg.norm(wanted - theta)
    # What lies between the rows of the weights has not moved.
    here = np.zeros(space.theta.size, dtype)
    repack(space.dense, np.ones(theta.size, dtype), space.layers, here)
    assert not space.theta[here == 0].any()
    assert not space.state[:, here == 0].any()


def test_what_a_workspace_did_before_leaves_no_trace(dtype):
    network = Network((33, 70, 4), "tanh", "softmax")
    theta = weights_of(network, dtype=dtype)
    X, Y = rows_for(network, 64, dtype=dtype)
    used, fresh = (workspace(network, theta, 64) for _ in "12")
    gradient(used, np.full_like(X, np.inf), Y)
    for rows in (33, 7, 1):
        assert np.array_equal(
            gradient(used, X[:rows], Y[:rows])[2], gradient(fresh, X[:rows], Y[:rows])[2]
        )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_stay_visible(value, dtype):
    network = Network((33, 70, 4), "relu", "softmax")
    X, Y = rows_for(network, 9, dtype=dtype)
    X[8, 32] = value
    space = workspace(network, weights_of(network, dtype=dtype), 9)
    loss, _, slope = gradient(space, X, Y)
    assert not np.isfinite(loss)
    assert not np.isfinite(slope).all()


def test_a_workspace_leaves_large_layers_to_blas(dtype):
    small, large = (
        Workspace(Network(sizes, "relu", "softmax"), 64, dtype)
        for sizes in ((20, 64, 64, 2), (900, 900, 2))
    )
    for space in (small, large):
        space.multiply_in_vectors()
    assert small.layers[:, TURNED].all()
    assert not large.layers[:, [TURNED, PRODUCTS_AT]].any()
