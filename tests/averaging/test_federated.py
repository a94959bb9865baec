"""Adaptive outer steps against the formulas of Reddi et al. 2021, written out."""

import numpy as np
import pytest

from fastavg.averaging import FedAdagrad, FedAdam, FedYogi
from fastavg.errors import ConfigError


def adam(rule, d, m, v, round):
    m[:] = rule.beta_1 * m + (1 - rule.beta_1) * d
    v[:] = rule.beta_2 * v + (1 - rule.beta_2) * d**2
    m, v = m / (1 - rule.beta_1 ** (round + 1)), v / (1 - rule.beta_2 ** (round + 1))
    return rule.rate * m / (np.sqrt(v) + rule.epsilon)


def yogi(rule, d, m, v, round):
    m[:] = rule.beta_1 * m + (1 - rule.beta_1) * d
    v[:] = v - (1 - rule.beta_2) * d**2 * np.sign(v - d**2)
    return rule.rate * m / (np.sqrt(v) + rule.epsilon)


def adagrad(rule, d, m, v, round):
    m[:] = rule.beta_1 * m + (1 - rule.beta_1) * d
    v[:] = v + d**2
    return rule.rate * m / (np.sqrt(v) + rule.epsilon)


CASES = [
    (FedAdam(0.2, 0.8, 0.95, 1e-2), adam), (FedAdam(), adam), (FedYogi(0.2, 0.8, 0.95), yogi),
    (FedYogi(), yogi), (FedAdagrad(0.2, beta_1=0.5), adagrad), (FedAdagrad(), adagrad),
]


def named(case):
    return getattr(case, "__name__", repr(case))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("rule", "formula"), CASES, ids=named)
def test_every_member_follows_its_formula(rule, formula, dtype):
    random = np.random.default_rng(3)
    expected = random.normal(size=30)
    center, state = expected.astype(dtype), np.zeros((rule.n_vectors, 30), dtype)
    m, v = np.zeros((2, 30))
    for round in range(5):
        mean = (center + random.normal(size=30)).astype(dtype)
        expected = expected - formula(rule, center.astype("f8") - mean, m, v, round)
        rule.step(center, mean, state, round)
        center = mean
        assert np.abs(center - expected).max() < (1e-4 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("kind", [FedAdam, FedYogi, FedAdagrad])
@pytest.mark.parametrize(("name", "value"), [("rate", 0), ("beta_1", 1), ("epsilon", 0)])
def test_impossible_values_are_refused(kind, name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}"):
        kind(**{name: value})
