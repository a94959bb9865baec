"""Numbers moved and stretched: what each scaling is, and what it does at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError
from fastavg.data.preprocessing.scaled import LIMIT, Scaled, fit_scaled

X = np.random.default_rng(0).gamma(2, 3, 1000)
HOLES = np.where(np.arange(1000) % 10 == 0, np.nan, X)


def test_robust_is_the_median_and_the_quartiles():
    made = fit_scaled("robust", HOLES)
    seen = HOLES[~np.isnan(HOLES)]
    assert made.center == np.median(seen)
    assert 1 / made.factor == pytest.approx(np.subtract(*np.quantile(seen, [0.75, 0.25])))
    assert np.abs(made.apply(np.array([1e9, -1e9]))).max() <= 3
    # Where the quartiles are equal, half the range.
    assert fit_scaled("robust", np.array([0.0] * 9 + [8.0])) == Scaled(0.0, 0.25)
    assert fit_scaled("robust", np.array([5.0, 5.0])) == Scaled(5.0, 0.0)


def test_standard_and_minmax():
    z = fit_scaled("standard", X).apply(X)
    assert abs(z.mean()) < 1e-12
    assert z.std() == pytest.approx(1)
    z = fit_scaled("minmax", X).apply(X)
    assert (z.min(), z.max()) == (0, 1)
    with pytest.raises(ConfigError, match="scale 'log' is unknown"):
        fit_scaled("log", X)


@pytest.mark.parametrize("kind", ["robust", "standard", "minmax"])
def test_a_missing_number_is_the_center_and_changes_no_fit(kind):
    made = fit_scaled(kind, HOLES)
    assert made == fit_scaled(kind, HOLES[~np.isnan(HOLES)])
    z = made.apply(HOLES)
    assert z.shape == (1000, 1)
    assert not z[np.isnan(HOLES)].any()
    assert made.width == 1


def test_the_clip_is_smooth_and_keeps_the_order():
    z = Scaled(0.0, 1.0).apply(np.array([-100.0, -0.01, 0.0, 0.01, 3.0, 100.0])).ravel()
    assert np.all(np.diff(z) > 0)
    assert np.abs(z).max() < LIMIT
    np.testing.assert_allclose(z[1:4], [-0.01, 0, 0.01], rtol=1e-4)
    assert z[4] == pytest.approx(3 / 2**0.5)


def test_a_single_value_becomes_zero():
    for kind in ("robust", "standard", "minmax"):
        assert fit_scaled(kind, np.full(5, 7.0)).apply(np.array([7.0, 8.0])).tolist() == [[0], [0]]
