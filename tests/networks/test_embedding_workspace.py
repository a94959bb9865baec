"""Training of several submodels: their gradient, and steps against those of plain networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.kernels.network.layout import Samples
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.regularized import train_steps_regular
from fastavg.kernels.network.train_steps import loss_gradient, train_steps
from fastavg.losses import CrossEntropy, own_loss
from fastavg.networks.embedding_network import embedding_network
from fastavg.networks.embedding_workspace import EmbeddingWorkspace
from fastavg.solvers import Regularization
from tests import oracles
from tests.kernels import calls
from tests.kernels.tabular.compact import LOOKUPS, inputs, rows

N = 23


def made(
    output="softmax", submodels=3, hidden=(7, 5), embedding=4, dtype="float64", scaling=False
):
    network = replace(
        embedding_network(LOOKUPS, embedding, hidden, 3, "tanh", output, submodels=submodels),
        scaling=scaling,
    )
    weights = network.start(3, "glorot-biases").astype(dtype)
    # Nothing is zero that the gradient could miss.
    weights += 0.1 * np.random.default_rng(5).normal(size=weights.shape).astype(dtype)
    return network, weights


def targets(output, n=N):
    random = np.random.default_rng(1)
    if output == "softmax":
        return random.integers(0, 3, (n, 1)).astype(float)
    return random.normal(size=(n, 3))


def mean_loss(network, weights, X, Y, row_weights, loss):
    """The mean over submodels and rows, from their plain networks in NumPy."""
    found = []
    for own in network.members(weights):
        z = oracles.forward(network.member, own, inputs(X))[1][-1]
        found.append(loss.rows(z, Y, network.output))
    return float((np.mean(found, axis=0) * row_weights).sum() / row_weights.sum())


@pytest.mark.parametrize(("submodels", "scaling"), [(1, False), (1, True), (3, False)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("output", "loss"), [
    ("softmax", own_loss("softmax")), ("softmax", CrossEntropy(0.1)),
    ("identity", own_loss("identity")),
])
def test_the_gradient_is_that_of_the_mean_loss_of_all_submodels(
    output, loss, weighted, submodels, scaling
):
    network, weights = made(output, submodels, scaling=scaling)
    X, Y = rows(N), targets(output)
    counts = np.random.default_rng(2).uniform(0.5, 2, N) if weighted else np.ones(N)
    space = EmbeddingWorkspace(network, N, "float64", loss=loss)
    repack(space.dense, weights, space.layers, space.theta)
    data = calls.arrays(X, Y, counts if weighted else None, np.arange(N), "float64")
    data, steps = space.repeated(data, np.array([[0, N]]))
    summed, total = loss_gradient(
        space.layers, space.loss, space.theta, space.scratch, data, *steps[0]
    )
    assert summed / total == pytest.approx(mean_loss(network, weights, X, Y, counts, loss))
    found, step = calls.unpacked(space, space.scratch.gradient), 1e-6
    wanted = np.empty_like(weights)
    for at in range(len(weights)):
        both = []
        for side in (step, -step):
            moved = weights.copy()
            moved[at] += side
            both.append(mean_loss(network, moved, X, Y, counts, loss))
        wanted[at] = (both[0] - both[1]) / (2 * step)
    np.testing.assert_allclose(found, wanted, atol=2e-9)


def test_float32_gradients_are_close_to_those_in_float64():
    found = []
    for dtype in ("float32", "float64"):
        network, weights = made(submodels=8, hidden=(40, 17), embedding=8, dtype=dtype)
        space = EmbeddingWorkspace(network, N, dtype)
        repack(space.dense, weights, space.layers, space.theta)
        data = calls.arrays(rows(N, "float32"), targets("softmax"), None, np.arange(N), dtype)
        data, steps = space.repeated(data, np.array([[0, N]]))
        loss_gradient(space.layers, space.loss, space.theta, space.scratch, data, *steps[0])
        found.append(calls.unpacked(space, space.scratch.gradient))
    np.testing.assert_allclose(found[0], found[1], atol=2e-6)


@pytest.mark.parametrize("regular", [None, Regularization(clip_norm=1e9)])
def test_steps_take_the_gradient_of_every_batch(regular):
    network, weights = made()
    X, Y = rows(60), targets("softmax", 60)
    # Batches of other sizes in between, and rows in another order.
    order, steps = np.random.default_rng(4).permutation(60), np.array([[0, 20], [20, 7], [27, 20]])
    space = EmbeddingWorkspace(network, 20, "float64", 2)
    repack(space.dense, weights, space.layers, space.theta)
    given = calls.arrays(X, Y, None, order, "float64")
    data, taken = space.repeated(given, steps)
    code, hyper = calls.UPDATES["sgd"][0], calls.hyper()
    arguments = (space.loss, code, hyper, np.full(3, 0.1), 0.2, space.theta, space.state,
                 space.scratch, data, taken)
    if regular is None:
        train_steps(space.layers, *arguments)
    else:
        train_steps_regular(
            space.layers, space.back, *arguments, regular.limits(), np.zeros(4), np.uint64(5), 0
        )
    wanted, other = weights.copy(), EmbeddingWorkspace(network, 20, "float64")
    for first, count in steps:
        repack(other.dense, wanted, other.layers, other.theta)
        data, step = other.repeated(given, np.array([[first, count]]))
        loss_gradient(other.layers, other.loss, other.theta, other.scratch, data, *step[0])
        gradient = calls.unpacked(other, other.scratch.gradient)
        for (W, _), (own, _) in zip(network.views(gradient), network.views(wanted), strict=True):
            W += 0.2 / (count * network.submodels) * own
        wanted -= 0.1 * gradient
    np.testing.assert_allclose(calls.unpacked(space, space.theta), wanted, rtol=1e-9, atol=1e-12)


def test_a_batch_holds_its_rows_once_for_each_submodel():
    network, _ = made(submodels=2)
    space = EmbeddingWorkspace(network, 3, "float64")
    data = Samples(np.zeros((9, 1)), np.zeros((9, 1)), np.zeros(0), np.array([5, 6, 7, 8]))
    found, steps = space.repeated(data, np.array([[0, 3], [3, 1]]))
    assert found.order.tolist() == [5, 6, 7, 5, 6, 7, 8, 8]
    assert steps.tolist() == [[0, 6], [6, 2]]
