"""``add_losses``, ``add_gradient``, ``turn_weights`` and ``add_penalty``, through their caller."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fastavg.data.sampling import Batches
from fastavg.kernels.network.packing import repack
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.solvers import objective as module
from fastavg.solvers.contract import Job
from fastavg.solvers.objective import BatchObjective

L2 = 0.7


def oracle(network, weights, X, Y, row_weights, l2):
    """Mean loss with the penalty, and its gradient, straight from the formulas; float64."""
    layers = network.views(weights.astype("f8"))
    outputs, values = [X.astype("f8")], X.astype("f8")
    for (W, b), activation in zip(layers, network.activations):
        z = values @ W + b
        values = {
            "identity": lambda z: z, "logistic": lambda z: 1 / (1 + np.exp(-z)),
            "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0),
        }[activation](z)
        outputs.append(values)
    total = row_weights.sum()
    if network.output == "softmax":
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        losses = -(Y * np.log(p)).sum(axis=1)
    elif network.output == "logistic":
        p = 1 / (1 + np.exp(-z))
        losses = -(Y * np.log(p) + (1 - Y) * np.log(1 - p)).sum(axis=1)
    else:
        p = z
        losses = 0.5 * ((z - Y) ** 2).sum(axis=1)
    value = (row_weights * losses).sum() / total
    value += l2 / (2 * total) * sum((W**2).sum() for W, _ in layers)
    error = row_weights[:, None] * (p - Y) / total
    gradient = np.zeros(network.n_weights)
    for index in reversed(range(len(layers))):
        G, g = network.views(gradient)[index]
        G[:] = outputs[index].T @ error + l2 / total * layers[index][0]
        g[:] = error.sum(axis=0)
        a = outputs[index]
        derivative = {
            "identity": np.ones_like(a), "logistic": a * (1 - a), "tanh": 1 - a * a,
            "relu": (a > 0).astype(float),
        }[network.activations[index - 1]]
        error = error @ layers[index][0].T * derivative
    return value, gradient


def problem(network, dtype, rows=40, weighted=False, seed=0):
    """An objective over ``rows`` of 60 rows, and what the oracle needs."""
    random = np.random.default_rng(seed)
    inputs, outputs = network.layer_sizes[0], network.layer_sizes[-1]
    X = random.normal(size=(60, inputs)).astype(dtype)
    Y = random.random((60, outputs)) if network.output == "identity" else np.eye(outputs)[
        random.integers(outputs, size=60)
    ]
    row_weights = random.random(60).astype(dtype) + dtype(0.5) if weighted else np.zeros(0, dtype)
    order = random.permutation(60)
    space = Workspace(network, rows, dtype)
    weights = random.normal(0, 0.5, network.n_weights).astype(dtype)
    repack(space.dense, weights, space.layers, space.theta)
    job = Job(
        space, X, np.ascontiguousarray(Y, dtype), row_weights,
        Batches(order, np.array([[5, rows]])), 0, 1, 0, 1, rows, L2,
    )
    chosen = order[5 : 5 + rows]
    counted = row_weights[chosen].astype("f8") if weighted else np.ones(rows)
    return job, weights, X[chosen], Y[chosen], counted


def dense(space, vector):
    out = np.zeros(space.network.n_weights, vector.dtype)
    repack(space.layers, vector, space.dense, out)
    return out


CASES = [
    Network((7, 5, 3), activation="logistic", output="logistic"),
    Network((7, 5, 4, 3), activation=("tanh", "relu"), output="softmax"),
    Network((7, 3), output="identity"),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("network", "weighted"), list(itertools.product(CASES, [False, True])))
@pytest.mark.parametrize("adding", [False, True])
def test_value_and_gradient_are_the_formulas(network, weighted, dtype, adding, monkeypatch):
    # Several pieces, the last one shorter.
    monkeypatch.setattr(module, "PIECE_BYTES", 1)
    monkeypatch.setattr(module, "ADDED_ROWS", 16)
    job, weights, X, Y, counted = problem(network, dtype, weighted=weighted)
    gradient = np.full_like(job.workspace.theta, 9)
    objective = BatchObjective(job, 5, 40, adding)
    value = objective(job.workspace.theta, gradient)
    expected, derivative = oracle(network, weights, X, Y, counted, L2)
    tolerance = 2e-5 if dtype is np.float32 else 1e-11
    assert value == pytest.approx(expected, rel=tolerance)
    np.testing.assert_allclose(
        dense(job.workspace, gradient), derivative, rtol=tolerance, atol=tolerance
    )
    assert objective.weight == pytest.approx(counted.sum(), rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [33, 47])
def test_pieces_of_wide_layers(rows, dtype, monkeypatch):
    # More columns than a panel, more inputs than a part of the depth, and rows that are left over.
    monkeypatch.setattr(module, "PIECE_BYTES", 1)
    monkeypatch.setattr(module, "ADDED_ROWS", 13)
    network = Network((150, 70, 131, 5), ("tanh", "relu"), "softmax")
    job, weights, X, Y, counted = problem(network, dtype, rows=rows)
    weights *= dtype(0.2)
    repack(job.workspace.dense, weights, job.workspace.layers, job.workspace.theta)
    objective = BatchObjective(job, 5, rows, adding=True)
    gradient = np.full_like(job.workspace.theta, 9)
    value = objective(job.workspace.theta, gradient)
    expected, derivative = oracle(network, weights, X, Y, counted, L2)
    tolerance = 2e-5 if dtype is np.float32 else 1e-11
    assert value == pytest.approx(expected, rel=tolerance)
    np.testing.assert_allclose(
        dense(job.workspace, gradient), derivative, rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize("network", CASES)
def test_gradient_is_the_value_s_derivative(network):
    job, _weights, *_ = problem(network, np.float64)
    theta, empty = job.workspace.theta, np.zeros(0)
    objective = BatchObjective(job, 5, 40)
    gradient, direction = np.zeros_like(theta), np.zeros_like(theta)
    objective(theta, gradient)
    random = np.random.default_rng(1)
    repack(
        job.workspace.dense, random.normal(size=network.n_weights), job.workspace.layers, direction
    )
    h = 1e-6
    ahead, behind = objective(theta + h * direction, empty), objective(theta - h * direction, empty)
    assert (ahead - behind) / (2 * h) == pytest.approx(gradient @ direction, rel=1e-6, abs=1e-8)


def test_pieces_do_not_change_what_is_computed():
    network = CASES[0]
    job, *_ = problem(network, np.float64)
    objective = BatchObjective(job, 5, 40)
    whole, parts = np.zeros_like(job.workspace.theta), np.zeros_like(job.workspace.theta)
    value = objective(job.workspace.theta, whole)
    objective._piece, objective._stride = 7, 14
    assert objective(job.workspace.theta, parts) == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("adding", [False, True])
def test_gaps_between_rows_stay_zero(adding, dtype, monkeypatch):
    monkeypatch.setattr(module, "PIECE_BYTES", 1)
    job, *_ = problem(CASES[0], dtype)
    space = job.workspace
    gradient = np.zeros_like(space.theta)
    BatchObjective(job, 5, 40, adding)(space.theta, gradient)
    inside = np.zeros_like(space.theta)
    repack(space.dense, np.ones(space.network.n_weights), space.layers, inside)
    assert gradient[inside == 0].size
    assert not gradient[inside == 0].any()


def test_without_a_gradient_the_value_is_the_same():
    job, *_ = problem(CASES[1], np.float32)
    objective = BatchObjective(job, 5, 40)
    gradient = np.zeros_like(job.workspace.theta)
    assert objective(job.workspace.theta, gradient) == objective(
        job.workspace.theta, gradient[:0]
    )
    assert objective.evaluations == 2
