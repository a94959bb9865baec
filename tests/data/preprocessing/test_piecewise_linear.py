"""Bins of a number: where their edges stand, and what a number becomes."""

from __future__ import annotations

import numpy as np

from fastavg.data.preprocessing.piecewise_linear import (
    MOST_VALUES,
    ROWS_OF_VALUE,
    SAMPLE,
    PiecewiseLinear,
    fit_piecewise_linear,
)

X = np.random.default_rng(0).gamma(2, 3, 1000)


def test_edges_stand_where_the_target_changes():
    y = (X > 4.2).astype(int)
    edges = fit_piecewise_linear(X, y, "class", 4, 0).edges
    assert np.abs(edges - 4.2).min() < 0.05
    edges = fit_piecewise_linear(X, np.where(X > 4.2, 5.0, -1.0), "number", 2, 0).edges
    assert len(edges) == 3
    assert abs(edges[1] - 4.2) < 0.05


def test_each_of_few_values_is_an_edge():
    values = np.array([0.0, 1.5, 7.0, 1000.0])
    many = np.append(np.repeat(values, ROWS_OF_VALUE), np.nan)
    edges = fit_piecewise_linear(many, np.zeros(len(many)), "number", 0, 2).edges
    assert edges.tolist() == values.tolist()
    # One row less, and only where a quantile is.
    edges = fit_piecewise_linear(many[1:], np.zeros(len(many) - 1), "number", 0, 2).edges
    assert edges.tolist() == [0, 7, 1000]
    several = np.tile(np.arange(MOST_VALUES + 1.0), ROWS_OF_VALUE)
    edges = fit_piecewise_linear(several, np.zeros(len(several)), "number", 0, 4).edges
    assert edges.tolist() == [0, 32, 64, 96, 128]


def test_a_column_without_two_bins_has_none():
    assert fit_piecewise_linear(np.array([0.0, 1.0] * 50), np.zeros(100), "class", 8, 8) is None
    assert fit_piecewise_linear(np.full(50, 2.0), np.zeros(50), "number", 8, 8) is None


def test_huge_numbers_have_edges_too():
    edges = fit_piecewise_linear(X * 1e300, X, "number", 8, 8).edges
    assert np.isfinite(edges).all()
    assert len(edges) > 8


def test_below_within_and_above_every_bin():
    made = PiecewiseLinear(np.array([0.0, 1.0, 3.0]))
    values = np.array([-5.0, 0.25, 1.0, 2.5, 9.0, np.nan])
    assert made.apply(values).tolist() == [
        [-1, -1], [-0.5, -1], [1, -1], [1, 0.5], [1, 1], [0, 0],
    ]
    assert made.width == 2


def test_bins_with_equal_numbers_of_rows():
    edges = fit_piecewise_linear(X, np.zeros(1000), "number", 0, 5).edges
    assert np.histogram(X, edges)[0].tolist() == [200] * 5
    holes = np.where(np.arange(2000) % 2, np.nan, np.repeat(X, 2))
    np.testing.assert_array_equal(
        fit_piecewise_linear(holes, np.zeros(2000), "number", 0, 5).edges, edges
    )


def test_of_many_rows_some_are_looked_at():
    many = np.arange(2.0 * SAMPLE)
    edges = fit_piecewise_linear(many, np.zeros(len(many)), "number", 0, 2).edges
    np.testing.assert_allclose(edges, [0, SAMPLE, 2 * SAMPLE], atol=2)
