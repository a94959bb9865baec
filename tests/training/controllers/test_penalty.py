"""The penalty that is added to a loss."""

import numpy as np
import pytest

from fastavg.networks.network import Network
from fastavg.training.controllers.penalty import L2Penalty


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_half_the_squares_without_biases(dtype):
    network = Network((3, 4, 2))
    weights = np.arange(network.n_weights, dtype=dtype)
    squares = sum((W.astype(float) ** 2).sum() for W, _ in network.views(weights))
    penalty = L2Penalty(network, 0.25)
    assert penalty(weights) == pytest.approx(0.25 * squares, rel=1e-6)
    assert penalty.of_squares(8.0) == 2.0
