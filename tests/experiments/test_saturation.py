"""Saturated and live units of the first hidden layer."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.experiments.saturation import LIVELY, live_units, saturation
from fastavg.networks.network import Network

NETWORK = Network((400, 25, 10), "logistic", "logistic")
X = np.random.default_rng(0).random((50, 400))


def test_a_start_between_0_and_1_saturates_and_a_symmetric_one_does_not():
    flat = saturation(NETWORK, X, "uniform(0, 1)", 3)
    even = saturation(NETWORK, X, "glorot", 3)
    # Half of 400 weights of a half each.
    assert flat.pre_activation == pytest.approx(100, rel=0.1)
    assert (flat.saturated, even.saturated) == (1.0, 0.0)
    assert flat.slope < 1e-10
    assert 0.1 < even.slope <= 0.25


def test_figures_are_means_over_the_starts():
    one, two = (saturation(NETWORK, X, "glorot", splits).slope for splits in (1, 2))
    z = [X @ W + b for W, b in (
        NETWORK.views(NETWORK.initial_weights(split, "glorot", np.float64))[0] for split in (0, 1)
    )]
    slopes = [(1 / (2 + np.exp(each) + np.exp(-each))).mean() for each in z]
    assert one == pytest.approx(slopes[0])
    assert two == pytest.approx(np.mean(slopes))


@pytest.mark.parametrize("live", [0, 1, 3])
def test_a_unit_is_live_if_its_output_varies_over_the_rows(live):
    network = Network((2, 3, 2), "logistic", "logistic")
    weights = np.zeros(network.n_weights)
    W, b = network.views(weights)[0]
    b[:] = 20
    # Columns of weights for live units; the others stay saturated.
    b[:live], W[0, :live] = 0, 4
    rows = np.array([[-1.0, 0.0], [1.0, 0.0]])
    assert live_units(network, weights, rows) == live
    assert LIVELY == 0.02
