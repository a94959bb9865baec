"""Averaging rules."""

import numpy as np
import pytest

from fastavg.averaging import RULES, SlowMo, rule
from fastavg.averaging.rule import Mean
from fastavg.errors import ConfigError
from tests import oracles


def test_mean_is_a_step_of_gradient_descent_with_rate_one():
    center, average = np.array([3.0, -1.0]), np.array([1.0, 5.0])
    expected = oracles.SGD(2).step(center, center - average, 1.0)
    Mean().step(center, average, np.zeros((0, 2)), 0)
    assert (average == expected).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slow_momentum_is_momentum_on_the_centers(dtype):
    random = np.random.default_rng(0)
    chosen = SlowMo(momentum=0.7, rate=0.6)
    center = random.normal(0, 1, 50).astype(dtype)
    state, velocity, expected = np.zeros((1, 50), dtype), np.zeros(50), center.astype(float)
    for _ in range(5):
        average = random.normal(0, 1, 50).astype(dtype)
        velocity = 0.7 * velocity + (expected - average)
        expected = expected - 0.6 * velocity
        chosen.step(center, average, state, 0)
        center = average
        assert np.abs(center - expected).max() < (1e-5 if dtype == "float32" else 1e-13)


def test_slow_momentum_without_momentum_is_the_mean():
    center, average = np.array([3.0, -1.0]), np.array([1.0, 5.0])
    SlowMo(momentum=0.0).step(center, average, np.zeros((1, 2)), 0)
    assert average.tolist() == [1, 5]


@pytest.mark.parametrize("beta", [-0.1, 1.0, float("nan")])
def test_impossible_momentum_is_refused(beta):
    with pytest.raises(ConfigError, match="momentum is"):
        SlowMo(momentum=beta)


@pytest.mark.parametrize("name", RULES.members)
def test_rule_finds_every_name_and_keeps_a_rule(name):
    found = rule(name)
    assert isinstance(found, RULES.members[name])
    assert rule(found) is found
    assert hash(found) == hash(rule(name))


def test_unknown_rules_are_refused():
    with pytest.raises(ConfigError, match="averaging 'median' is unknown; choose mean"):
        rule("median")
