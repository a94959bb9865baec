"""The one place where tests call the training kernels: dense vectors in, dense vectors out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fastavg.kernels.network import optimizers as updates
from fastavg.kernels.network.dense import forward, predict_rows
from fastavg.kernels.network.layout import FAN_OUT, IN_LD, OUT_AT, OUT_LD, Samples
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.train_steps import loss_gradient, train_steps
from fastavg.networks.workspace import Workspace

UPDATES = {
    "sgd": (updates.SGD, 0),
    "momentum": (updates.MOMENTUM, 1),
    "nesterov": (updates.NESTEROV, 1),
    "adam": (updates.ADAM, 2),
}
CALLED = {"rmsprop": 1, "adagrad": 1, "nadam": 2}


class Trained(NamedTuple):
    loss: float
    weight: float
    theta: np.ndarray
    state: np.ndarray


def hyper(momentum=0.9, beta_1=0.9, beta_2=0.999, epsilon=1e-8, steps=0, weight_decay=0.0):
    values = np.zeros(updates.HYPER_SIZE)
    values[updates.MOMENTUM_AT] = momentum
    values[updates.BETA1_AT], values[updates.BETA2_AT] = beta_1, beta_2
    values[updates.EPSILON_AT], values[updates.STEP_AT] = epsilon, steps
    values[updates.WEIGHT_DECAY_AT] = weight_decay
    return values


def workspace(network, theta, rows, n_vectors=0, loss=None):
    space = Workspace(network, rows, theta.dtype, n_vectors, loss)
    repack(space.dense, theta, space.layers, space.theta)
    return space


def unpacked(space, vector):
    out = np.zeros(space.network.n_weights, vector.dtype)
    repack(space.layers, vector, space.dense, out)
    return out


def arrays(X, Y, weights, order, dtype):
    weights = np.zeros(0) if weights is None else weights
    return Samples(
        np.ascontiguousarray(X, dtype), np.ascontiguousarray(Y, dtype),
        np.ascontiguousarray(weights, dtype), np.asarray(order, np.int64),
    )


def linear_outputs(network, theta, X):
    """The last layer's pre-activations, through ``forward``."""
    space = workspace(network, theta, len(X))
    ld = space.layers[0, IN_LD]
    for r, row in enumerate(X):
        space.scratch.blocks[r * ld : r * ld + X.shape[1]] = row
    forward(space.layers, space.theta, space.scratch.blocks, len(X), space.scratch.tile)
    last = space.layers[-1]
    at = last[OUT_AT] + last[OUT_LD] * np.arange(len(X))[:, None] + np.arange(last[FAN_OUT])
    return space.scratch.blocks[at]


def predict(network, theta, X, batch=None):
    """Predictions of all rows, ``batch`` at a time, through ``predict_rows``."""
    batch = batch or len(X)
    space = workspace(network, theta, batch)
    X = np.ascontiguousarray(X, theta.dtype)
    out = np.full((len(X), network.layer_sizes[-1]), np.nan, theta.dtype)
    for first in range(0, len(X), batch):
        rows = min(batch, len(X) - first)
        predict_rows(
            space.layers, space.output, space.theta, space.scratch.blocks, space.scratch.tile,
            X, first, rows, out,
        )
    return out


def gradient(network, theta, X, Y, weights=None, loss=None):
    """Summed loss, summed row weight and gradient of one batch of all rows."""
    space = workspace(network, theta, len(X), loss=loss)
    data = arrays(X, Y, weights, np.arange(len(X)), theta.dtype)
    loss, total = loss_gradient(
        space.layers, space.loss, space.theta, space.scratch, data, 0, len(X)
    )
    return loss, total, unpacked(space, space.scratch.gradient)


def train(network, theta, X, Y, batches, name, rates, weights=None, l2=0.0, state=None, **values):
    """``train_steps`` over batches of row numbers."""
    code, n_vectors = UPDATES[name]
    space = workspace(network, theta, max(map(len, batches)), n_vectors)
    if state is not None:
        for vector, row in zip(state, space.state, strict=True):
            repack(space.dense, vector, space.layers, row)
    lengths = np.array([len(batch) for batch in batches])
    steps = np.column_stack([np.cumsum(lengths) - lengths, lengths])
    data = arrays(X, Y, weights, np.concatenate(batches), theta.dtype)
    loss, weight = train_steps(
        space.layers, space.loss, code, hyper(**values), np.asarray(rates, np.float64), l2,
        space.theta, space.state, space.scratch, data, steps,
    )
    after = np.array([unpacked(space, row) for row in space.state]).reshape(n_vectors, theta.size)
    return Trained(loss, weight, unpacked(space, space.theta), after)
