"""Deviances of counts and positive numbers, against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_gamma_deviance, mean_poisson_deviance

from fastavg.errors import DataError
from fastavg.losses import Gamma, Poisson


@pytest.mark.parametrize(("loss", "deviance", "targets"), [
    (Poisson(), mean_poisson_deviance, np.array([0, 1, 2, 7, 30.5])),
    (Gamma(), mean_gamma_deviance, np.array([0.01, 1, 2, 7, 30.5])),
])
def test_rows_are_half_the_deviance(loss, deviance, targets):
    z = np.random.default_rng(0).normal(0, 2, (5, 1))
    rows = loss.rows(z, targets[:, None], "exponential")
    for row, at, target in zip(rows, z[:, 0], targets, strict=True):
        assert row == pytest.approx(0.5 * deviance([target], [np.exp(at)]), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize(("loss", "target"), [(Poisson(), 3.0), (Gamma(), 3.0)])
def test_the_least_is_0_where_the_expectation_is_the_target(loss, target):
    z = np.linspace(-1, 3, 4001)[:, None]
    rows = loss.rows(z, np.full_like(z, target), "exponential")
    assert rows.min() == pytest.approx(0, abs=1e-6)
    assert z[rows.argmin(), 0] == pytest.approx(np.log(target), abs=1e-3)


@pytest.mark.parametrize(("loss", "wrong", "needed"), [
    (Poisson(), -1.0, "at least 0"), (Gamma(), 0.0, "above 0"), (Gamma(), -2.0, "above 0"),
])
def test_targets_outside_the_domain_are_named(loss, wrong, needed):
    Y = np.array([[1.0], [2.0], [wrong]])
    with pytest.raises(DataError, match=rf"y holds {wrong:g} in row 2; .* takes numbers {needed}"):
        loss.check_targets(Y)
    loss.check_targets(Y[:2])


def test_counts_may_be_0():
    Poisson().check_targets(np.zeros((2, 1)))
