"""Training steps with bfloat16 products against NumPy with the same rounding."""

import numpy as np
import pytest

from fastavg.kernels.network.layout import PRODUCTS_AT
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.regularized import train_steps_regular
from fastavg.kernels.network.train_steps import loss_gradient, train_steps
from fastavg.kernels.vectorized.target import multiplies_bfloat16
from fastavg.losses import Huber
from fastavg.networks.network import ACTIVATIONS, OUTPUTS, Network
from fastavg.networks.workspace import Workspace
from fastavg.solvers import Nadam, Regularization
from tests import oracles
from tests.kernels import calls
from tests.problems import row_weights, rows_for, weights_of

pytestmark = pytest.mark.skipif(
    not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)
# Odd sizes, and sizes beyond one panel of 64 columns.
SIZES = [(3, 5, 2), (17, 33, 70, 3), (65, 16, 1)]


def workspace(network, theta, rows, n_vectors=0, loss=None, dropout=()):
    space = Workspace(network, rows, "float32", n_vectors, loss, dropped=dropout)
    space.multiply_in_bfloat16()
    repack(space.dense, theta, space.layers, space.theta)
    space.pack_weights()
    return space


def gradient(space, X, Y, weights=None):
    data = calls.arrays(X, Y, weights, np.arange(len(X)), np.float32)
    loss, total = loss_gradient(
        space.layers, space.loss, space.theta, space.scratch, data, 0, len(X)
    )
    return loss, total, calls.unpacked(space, space.scratch.gradient)


def distance(a, b):
    return float(np.linalg.norm(np.asarray(a, np.float64) - b) / np.linalg.norm(b))


def follows_the_rounding(network, rows, weights=None, targets="full"):
    """The kernels' gradient is the oracle's with the same rounding, not the exact one."""
    theta = weights_of(network, dtype="float32")
    X, Y = rows_for(network, rows, targets=targets, dtype="float32")
    _, _, actual = gradient(workspace(network, theta, rows), X, Y, weights)
    rounded = oracles.gradient(network, theta, X, Y, weights, rounded=oracles.bfloat16)
    exact = oracles.gradient(network, theta, X, Y, weights)
    # Where float32 and float64 differ in the last bit, a number may be rounded the other way.
    assert distance(actual, rounded) < 0.25 * distance(exact, rounded)
    assert distance(exact, rounded) > 1e-4


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("sizes", SIZES)
def test_gradient_with_every_activation(activation, sizes):
    follows_the_rounding(Network(sizes, activation, "identity"), 37)


@pytest.mark.parametrize("output", list(OUTPUTS))
def test_gradient_with_every_output(output):
    follows_the_rounding(Network((17, 33, 3), "tanh", output), 40)


@pytest.mark.parametrize("rows", [1, 2, 7, 16, 33, 64, 200])
def test_gradient_of_any_batch(rows):
    follows_the_rounding(Network((33, 70, 4), "tanh", "softmax"), rows, row_weights(rows))


def test_a_loss_that_is_called():
    network = Network((17, 33, 2), "relu", "identity")
    theta = weights_of(network, dtype="float32")
    X, Y = rows_for(network, 30, dtype="float32")
    near, far = (
        gradient(workspace(network, theta, 30, loss=Huber(delta)), X, Y)[2] for delta in (1e3, 0.1)
    )
    rounded = oracles.gradient(network, theta, X, Y, rounded=oracles.bfloat16)
    assert distance(near, rounded) < 1e-3 < distance(far, rounded)


def steps(space, X, Y, code, hyper, batches, rate=0.05, l2=0.3):
    data = calls.arrays(X, Y, None, np.arange(len(X)), np.float32)
    return train_steps(
        space.layers, space.loss, code, hyper, np.full(len(batches), rate), l2, space.theta,
        space.state, space.scratch, data, np.array(batches),
    )


OPTIMIZERS = {name: code for name, (code, _) in calls.UPDATES.items()}


@pytest.mark.parametrize("name", [*OPTIMIZERS, "nadam"])
def test_every_optimizer_takes_the_gradient_and_packs_what_it_moved(name):
    network = Network((33, 130, 70, 3), "tanh", "softmax")
    theta = weights_of(network, dtype="float32")
    X, Y = rows_for(network, 60, dtype="float32")
    batches = [(0, 25), (25, 25), (50, 10)]
    if name == "nadam":
        solver = Nadam()
        code, hyper = solver.code("float32"), solver._hyper(0, len(batches))
    else:
        code, hyper = OPTIMIZERS[name], calls.hyper()
    together, alone = (workspace(network, theta, 25, 2) for _ in "12")
    first = hyper.copy()
    steps(together, X, Y, code, hyper, batches)
    for batch in batches:
        # Weights that are packed anew before each step are those that the step has packed.
        alone.pack_weights()
        steps(alone, X, Y, code, first, [batch])
    assert np.array_equal(together.theta, alone.theta)
    assert np.array_equal(together.state, alone.state)


def test_a_step_goes_down_the_gradient():
    network = Network((33, 130, 70, 3), "tanh", "softmax")
    theta = weights_of(network, dtype="float32")
    X, Y = rows_for(network, 25, dtype="float32")
    _, _, slope = gradient(workspace(network, theta, 25), X, Y)
    moved = workspace(network, theta, 25)
    steps(moved, X, Y, OPTIMIZERS["sgd"], calls.hyper(), [(0, 25)], l2=0.0)
    after = calls.unpacked(moved, moved.theta)
    assert distance(after.astype(np.float64) - theta, -0.05 * slope.astype(np.float64)) < 1e-4


@pytest.mark.parametrize("regularization", [
    Regularization(dropout=0.4, input_dropout=0.2), Regularization(l1=0.1),
    Regularization(clip_norm=0.1), Regularization(max_norm=0.5),
])
def test_regularized_steps_pack_what_they_moved(regularization):
    network = Network((33, 70, 3), "tanh", "softmax")
    theta = weights_of(network, dtype="float32")
    X, Y = rows_for(network, 60, dtype="float32")
    drops = regularization.drops(1)
    data = calls.arrays(X, Y, None, np.arange(60), np.float32)
    together, alone, exact = (
        workspace(network, theta, 30, 1, dropout=drops[1:].tolist()) for _ in "123"
    )
    # The third with float32 products: near, but not the same.
    exact.layers[:, PRODUCTS_AT:] = exact.back[:, PRODUCTS_AT:] = 0

    def train(space, batches, first):
        train_steps_regular(
            space.layers, space.back, space.loss, calls.UPDATES["momentum"][0], calls.hyper(),
            np.full(len(batches), 0.1), 0.1, space.theta, space.state, space.scratch, data,
            np.array(batches), regularization.limits(), drops, np.uint64(9), first,
        )

    batches = [(0, 30), (30, 30)]
    train(together, batches, 0)
    train(exact, batches, 0)
    for index, batch in enumerate(batches):
        alone.pack_weights()
        train(alone, [batch], index)
    assert np.array_equal(together.theta, alone.theta)
    moved, wanted = together.theta - exact.theta, exact.theta
    assert 0 < np.linalg.norm(moved) < 0.01 * np.linalg.norm(wanted)


def test_what_a_workspace_did_before_leaves_no_trace():
    network = Network((33, 70, 4), "tanh", "softmax")
    theta = weights_of(network, dtype="float32")
    X, Y = rows_for(network, 64, dtype="float32")
    used, fresh = (workspace(network, theta, 64) for _ in "12")
    gradient(used, np.full_like(X, np.inf), Y)
    for rows in (33, 7, 1):
        assert np.array_equal(
            gradient(used, X[:rows], Y[:rows])[2], gradient(fresh, X[:rows], Y[:rows])[2]
        )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_stay_visible(value):
    network = Network((33, 70, 4), "relu", "softmax")
    X, Y = rows_for(network, 9, dtype="float32")
    X[8, 32] = value
    space = workspace(network, weights_of(network, dtype="float32"), 9)
    loss, _, slope = gradient(space, X, Y)
    assert not np.isfinite(loss)
    assert not np.isfinite(slope).all()
