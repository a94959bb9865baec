"""Outer momentum: the members against momentum written out."""

import numpy as np
import pytest

from fastavg.averaging import BMUF, DiLoCo, FedAvgM, SlowMo
from fastavg.errors import ConfigError
from tests import oracles


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


@pytest.mark.parametrize("rule", [
    SlowMo(), FedAvgM(), BMUF(0.75, 1.1), BMUF(0.75, nesterov=True), DiLoCo(),
], ids=repr)
def test_every_member_is_gradient_descent_on_the_centers(rule):
    kind = oracles.Nesterov if rule.nesterov else oracles.Momentum
    random, optimizer = np.random.default_rng(1), kind(20, rule.momentum)
    center = expected = random.normal(size=20)
    state = np.zeros((rule.n_vectors, 20))
    for round in range(6):
        mean = random.normal(size=20)
        expected = optimizer.step(expected, expected - mean, rule.rate)
        rule.step(center, mean, state, round)
        center = mean
    np.testing.assert_allclose(center, expected, rtol=1e-11, atol=1e-13)


def test_without_momentum_there_is_no_state_and_the_rate_alone_counts():
    rule = FedAvgM(rate=0.5, momentum=0)
    mean = np.array([3.0])
    rule.step(np.array([1.0]), mean, np.zeros((0, 1)), 0)
    assert (rule.n_vectors, mean.tolist()) == (0, [2.0])
