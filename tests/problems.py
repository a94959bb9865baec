"""Small networks, rows and targets for the tests, always the same for the same key."""

from __future__ import annotations

import numpy as np

from fastavg.networks.network import Network
from fastavg.randomness import generator

HIDDEN = {0: (), 1: (7,), 2: (17, 3), 3: (33, 2, 1)}
TOLERANCE = {"float32": 3e-5, "float64": 1e-12}


def table_network(activation, output, depth, inputs=3):
    """One of the combinations of the table, with odd layer sizes."""
    return Network((inputs, *HIDDEN[depth], 3), activation, output)


def weights_of(network, seed=0, dtype="float64"):
    """Glorot weights and biases that are not zero."""
    random = generator(seed, "test biases")
    theta = network.initial_weights(seed, "glorot", "float64")
    for _, b in network.views(theta):
        b[:] = random.normal(0, 0.3, b.shape)
    return theta.astype(dtype)


def rows_for(network, n, seed=0, targets="full", dtype="float64"):
    """X and Y; ``targets`` is full (a number for each output) or classes (one column)."""
    random = generator(seed, "test rows", n)
    X = random.normal(0, 1, (n, network.layer_sizes[0])).astype(dtype)
    units = network.layer_sizes[-1]
    if targets == "classes":
        Y = random.integers(0, units, (n, 1))
    elif network.output == "softmax":
        Y = random.dirichlet(np.ones(units), n)
    elif network.output in ("logistic", "margin"):
        Y = random.integers(0, 2, (n, units))
    elif network.output == "exponential":
        Y = random.poisson(2, (n, units))
    else:
        Y = random.normal(0, 1, (n, units))
    return X, Y.astype(dtype)


def row_weights(n, seed=0, dtype="float64"):
    return generator(seed, "test row weights").uniform(0.2, 3, n).astype(dtype)


def close(actual, expected, tolerance):
    """True if the largest difference is small against the largest number."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    return actual.shape == expected.shape and bool(
        (np.abs(actual - expected) <= tolerance * scale).all()
    )
