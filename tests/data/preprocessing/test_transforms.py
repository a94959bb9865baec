"""Single transforms: their formulas, their fits, and what they do at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError
from fastavg.data.preprocessing.indicator import MissingIndicator
from fastavg.data.preprocessing.one_hot import BUCKETS, MOST_LEVELS, OneHot, Sign, fit_one_hot
from fastavg.data.preprocessing.piecewise_linear import fit_piecewise_linear
from fastavg.data.preprocessing.quantile import fit_quantile
from fastavg.data.preprocessing.scaled import Scaled, fit_scaled
from fastavg.data.preprocessing.target_scaling import fit_target_scaling

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


def test_quantiles_are_uniform_with_variance_one():
    z = fit_quantile(HOLES).apply(HOLES)[~np.isnan(HOLES), 0]
    assert abs(z.mean()) < 0.01
    assert z.std() == pytest.approx(1, abs=0.01)
    assert np.all(np.diff(z[np.argsort(HOLES[~np.isnan(HOLES)])]) >= 0)
    # A number that most rows share stands in the middle of them.
    assert fit_quantile(np.array([0.0] * 99 + [1.0])).apply(np.zeros(1))[0, 0] == pytest.approx(
        0, abs=0.05
    )


def test_edges_stand_where_the_target_changes():
    y = (X > 4.2).astype(int)
    edges = fit_piecewise_linear(X, y, "class", 4, 0).edges
    assert np.abs(edges - 4.2).min() < 0.05
    edges = fit_piecewise_linear(X, np.where(X > 4.2, 5.0, -1.0), "number", 2, 0).edges
    assert len(edges) == 3
    assert abs(edges[1] - 4.2) < 0.05


def test_a_column_without_two_bins_has_none():
    assert fit_piecewise_linear(np.array([0.0, 1.0] * 50), np.zeros(100), "class", 8, 8) is None
    assert fit_piecewise_linear(np.full(50, 2.0), np.zeros(50), "number", 8, 8) is None


def test_huge_numbers_have_edges_too():
    edges = fit_piecewise_linear(X * 1e300, X, "number", 8, 8).edges
    assert np.isfinite(edges).all()
    assert len(edges) > 8


def test_rare_levels_share_an_input():
    codes = np.repeat(np.arange(5), [50, 30, 9, 8, 1])
    made = fit_one_hot(codes, list("edcba"))
    assert isinstance(made, OneHot)
    assert made.width == 3
    places = dict(zip(made.levels, made.places))
    assert {places["a"], places["b"], places["c"]} == {2}
    assert {places["e"], places["d"]} == {0, 1}


def test_the_order_of_rows_changes_nothing():
    codes = np.random.default_rng(1).integers(-1, 4, 300)
    first = fit_one_hot(codes, ["w", "x", "y", "z"])
    again = fit_one_hot(np.where(codes >= 0, 3 - codes, -1), ["z", "y", "x", "w"])
    assert first.levels == again.levels
    np.testing.assert_array_equal(first.places, again.places)


def test_more_levels_than_inputs_are_hashed():
    n = MOST_LEVELS + 500
    codes = np.repeat(np.arange(n), 12)
    made = fit_one_hot(codes, [f"level {k}" for k in range(n)])
    assert made.width == MOST_LEVELS + BUCKETS
    assert made.places[:-2].min() == 0
    assert len(np.unique(made.places[:-2])) > MOST_LEVELS + BUCKETS // 2
    assert np.asarray(made.apply(codes[:20])).sum() == 20


def test_levels_that_say_nothing():
    assert fit_one_hot(np.zeros(30, int), ["a"]) is None
    assert fit_one_hot(np.arange(30), [str(k) for k in range(30)]) is None
    assert isinstance(fit_one_hot(np.array([0] * 30 + [-1]), ["a"]), OneHot)
    assert Sign(("a", "b")).width == MissingIndicator().width == 1


def test_targets_come_back_and_stay_in_their_range():
    y = np.random.default_rng(2).normal(50, 9, (200, 2))
    made = fit_target_scaling(y)
    z = made.apply(y)
    np.testing.assert_allclose(z.std(axis=0), 1)
    np.testing.assert_allclose(made.invert(z), y)
    np.testing.assert_allclose(made.invert(np.full((1, 2), 99.0))[0], y.max(axis=0))
    same = np.full((5, 1), 3.0)
    assert not fit_target_scaling(same).apply(same).any()
