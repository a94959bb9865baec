"""Places among the training rows: uniform, ascending, with bounds."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.preprocessing.quantile import MOST, REACH, Quantile, fit_quantile

X = np.random.default_rng(0).gamma(2, 3, 1000)
HOLES = np.where(np.arange(1000) % 10 == 0, np.nan, X)


def test_quantiles_are_uniform_with_variance_one():
    z = fit_quantile(HOLES).apply(HOLES)[~np.isnan(HOLES), 0]
    assert abs(z.mean()) < 0.01
    assert z.std() == pytest.approx(1, abs=0.01)
    assert np.all(np.diff(z[np.argsort(HOLES[~np.isnan(HOLES)])]) >= 0)
    # A number that most rows share stands in the middle of them.
    assert fit_quantile(np.array([0.0] * 99 + [1.0])).apply(np.zeros(1))[0, 0] == pytest.approx(
        0, abs=0.05
    )


def test_numbers_beyond_the_training_rows_stay_at_the_ends():
    z = fit_quantile(X).apply(np.array([-1e9, X.min(), np.nan, X.max(), 1e9])).ravel()
    np.testing.assert_allclose(z, [-REACH, -REACH, 0, REACH, REACH])


def test_between_two_edges_it_is_a_line():
    made = Quantile(np.array([0.0, 2.0, 10.0]), np.array([0.0, 0.5, 1.0]))
    z = made.apply(np.array([1.0, 2.0, 6.0])).ravel()
    np.testing.assert_allclose(z, [-REACH / 2, 0, REACH / 2])


def test_edges_are_few_and_strictly_ascending():
    made = fit_quantile(X)
    assert len(made.edges) == len(made.places) == MOST
    assert np.all(np.diff(made.edges) > 0)
    assert np.all(np.diff(made.places) > 0)
    assert fit_quantile(np.array([3.0, 1.0, np.nan])).edges.tolist() == [1, 3]
