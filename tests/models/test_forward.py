"""One member at work: plain rows and compact ones, other weights, any number of rows."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.models.forward import ROWS, Forward
from fastavg.networks.network import Network
from tests.kernels.tabular.compact import LOOKUPS, WIDTH, inputs, rows

NETWORK = Network((WIDTH, 9, 2), "tanh", "softmax")


def wanted(weights, X):
    (W, b), (V, c) = NETWORK.views(weights)
    return np.tanh(X @ W + b) @ V + c


@pytest.mark.parametrize("n", [1, ROWS, ROWS + 5])
def test_plain_and_compact_rows(n):
    X = rows(n)
    plain, compact = Forward(NETWORK, "float64"), Forward(NETWORK, "float64", LOOKUPS)
    for seed in (0, 1):
        weights = NETWORK.initial_weights(seed, "glorot", "float64")
        np.testing.assert_allclose(
            plain.load(weights)(inputs(X)), wanted(weights, inputs(X)), atol=1e-12
        )
        np.testing.assert_allclose(
            compact.load(weights)(X), wanted(weights, inputs(X)), atol=1e-12
        )
