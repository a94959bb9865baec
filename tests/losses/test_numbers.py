"""Losses of numbers, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.losses import AbsoluteError, Huber, LogCosh, Quantile, SquaredError

ERRORS = np.array([[-3.0], [-0.5], [0.0], [0.5], [3.0]])


@pytest.mark.parametrize(("loss", "expected"), [
    (SquaredError(), [4.5, 0.125, 0, 0.125, 4.5]),
    (AbsoluteError(), [3, 0.5, 0, 0.5, 3]),
    (Huber(1.0), [2.5, 0.125, 0, 0.125, 2.5]),
    (Huber(0.25), [0.71875, 0.09375, 0, 0.09375, 0.71875]),
    (Quantile(0.9), [2.7, 0.45, 0, 0.05, 0.3]),
    (LogCosh(), np.log(np.cosh(ERRORS[:, 0]))),
])
def test_values(loss, expected):
    target = np.full((5, 1), 7.0)
    np.testing.assert_allclose(loss.rows(ERRORS + 7, target, "identity"), expected, atol=1e-14)


def test_log_cosh_of_large_errors_does_not_overflow():
    rows = LogCosh().rows(np.array([[1e6]]), np.zeros((1, 1)), "identity")
    np.testing.assert_allclose(rows, 1e6 - np.log(2))


def test_a_row_sums_over_its_outputs():
    z = np.array([[1.0, 2.0, -1.0]])
    assert AbsoluteError().rows(z, np.zeros((1, 3)), "identity").tolist() == [4.0]


@pytest.mark.parametrize("make", [
    lambda: Huber(0), lambda: Huber(-1), lambda: Huber(float("nan")), lambda: Quantile(0),
    lambda: Quantile(1), lambda: Quantile("half"),
])
def test_impossible_settings_are_refused(make):
    with pytest.raises(ConfigError) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_least_expected_loss_is_at_the_quantile():
    sample = np.sort(np.random.default_rng(0).normal(size=(999, 1)), axis=0)
    for q in (0.1, 0.5, 0.8):
        means = [Quantile(q).rows(np.full_like(sample, z), sample, "identity").mean()
                 for z in sample[:, 0]]
        assert abs(np.argmin(means) / 998 - q) < 0.002
