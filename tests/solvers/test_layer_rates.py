"""A rate for each layer, by its inputs."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, Network, Plan
from fastavg.solvers import SGD, LayerRates
from tests.communicators.ranks import on_ranks
from tests.training.runs import data_for, first_weights, train_rounds

NETWORK = Network((16, 4, 3), "tanh")


def moved(solver, **changes):
    plan = Plan(**{"epochs": 1, "batch_size": 40, "dtype": "float64", "solver": solver, **changes})
    start = first_weights(NETWORK, plan)
    weights = train_rounds(NETWORK, plan, data_for(NETWORK, 40, "float64"), start)
    return NETWORK.views(weights - start)


@pytest.mark.parametrize("power", [0.5, -1.0, 0.0])
def test_steps_are_those_of_sgd_times_a_power_of_the_fan_in(power):
    plain, found = moved(SGD(0.1)), moved(LayerRates(0.1, power=power))
    for factor, one, other in zip((1.0, (4 / 16) ** power), plain, found, strict=True):
        np.testing.assert_allclose(other[0], factor * one[0], rtol=1e-9)
        np.testing.assert_allclose(other[1], factor * one[1], rtol=1e-9)


def test_the_same_bits_on_processes_and_ranks():
    plan = Plan(workers=3, epochs=2, average_every=0.5, batch_size=8, solver="layer-rates")
    rows, start = data_for(NETWORK, 60, "float32"), first_weights(NETWORK, plan)
    alone = train_rounds(NETWORK, plan, rows, start)
    np.testing.assert_array_equal(train_rounds(NETWORK, plan, rows, start, 2), alone)
    for found in on_ranks(
        2, lambda each: train_rounds(NETWORK, plan, rows, start, communicator=each)
    ):
        np.testing.assert_array_equal(found, alone)


def test_impossible_powers_are_refused():
    with pytest.raises(ConfigError, match="power is 3; it must be a number from -2 to 2"):
        LayerRates(power=3)
