"""Initial weights: their distributions, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.networks.initialization import INITIALIZATIONS, fill_of, initialization
from fastavg.networks.network import Network

FAN_IN, FAN_OUT = 300, 200


def filled(init, activation="relu"):
    W, b = np.zeros((FAN_IN, FAN_OUT)), np.zeros(FAN_OUT)
    fill_of(init)(np.random.default_rng(0), W, b, activation)
    return W, b


@pytest.mark.parametrize(("init", "activation", "bound"), [
    ("glorot", "relu", math.sqrt(6 / 500)), ("glorot", "logistic", math.sqrt(6 / 500)),
    ("glorot-biases", "relu", math.sqrt(6 / 500)),
    ("glorot-biases", "logistic", math.sqrt(2 / 500)), ("uniform(-0.25, 0.25)", "relu", 0.25),
])
def test_uniform_between_its_bounds(init, activation, bound):
    W, _ = filled(init, activation)
    assert abs(W).max() <= bound
    assert abs(W).max() > 0.99 * bound
    assert abs(W.mean()) < 0.02 * bound
    # The standard deviation of a uniform distribution is its bound over the root of 3.
    assert W.std() == pytest.approx(bound / math.sqrt(3), rel=0.02)


@pytest.mark.parametrize(("init", "variance"), [("he", 2 / FAN_IN), ("lecun", 1 / FAN_IN)])
def test_normal_with_its_variance(init, variance):
    W, b = filled(init)
    assert W.var() == pytest.approx(variance, rel=0.03)
    # Of a normal distribution 4.6 % lie beyond two standard deviations.
    assert (abs(W) > 2 * math.sqrt(variance)).mean() == pytest.approx(0.0455, abs=0.005)
    assert not b.any()


@pytest.mark.parametrize("init", ["glorot", "he", "lecun"])
def test_biases_are_zero(init):
    assert not filled(init)[1].any()


@pytest.mark.parametrize("init", ["glorot-biases", "uniform(-1, 1)"])
def test_biases_are_drawn_like_weights(init):
    W, b = filled(init)
    assert b.any()
    assert abs(b).max() <= abs(W).max() * 1.01


@pytest.mark.parametrize("init", ["", "xavier", "uniform", "uniform(1)", "uniform(2, 1)",
                                  "uniform(0, inf)", "uniform(a, b)", "normal(0, 1)"])
def test_unknown_ones_are_refused(init):
    with pytest.raises(ConfigError, match=r"init .* is unknown; choose glorot, .* uniform\(a, b\)"):
        fill_of(init)


def test_a_registered_function_is_found_by_its_name(monkeypatch):
    monkeypatch.setattr("fastavg.networks.initialization.INITIALIZATIONS", dict(INITIALIZATIONS))

    @initialization("ones")
    def ones(random, W, b, activation):
        W[:] = 1

    assert fill_of("ones") is ones
    weights = Network((2, 3, 1), output="identity").initial_weights(0, "ones")
    assert weights.sum() == 2 * 3 + 3
