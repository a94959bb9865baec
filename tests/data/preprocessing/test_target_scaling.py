"""Targets standardised, and predictions back within the range of training."""

from __future__ import annotations

import numpy as np

from fastavg.data.preprocessing.target_scaling import fit_target_scaling


def test_targets_come_back_and_stay_in_their_range():
    y = np.random.default_rng(2).normal(50, 9, (200, 2))
    made = fit_target_scaling(y)
    z = made.apply(y)
    np.testing.assert_allclose(z.std(axis=0), 1)
    np.testing.assert_allclose(made.invert(z), y)
    np.testing.assert_allclose(made.invert(np.full((1, 2), 99.0))[0], y.max(axis=0))
    same = np.full((5, 1), 3.0)
    assert not fit_target_scaling(same).apply(same).any()


def test_missing_targets_are_left_out():
    y = np.array([[1.0, np.nan], [3.0, 10.0], [np.nan, 30.0]])
    made = fit_target_scaling(y)
    assert made.mean.tolist() == [2, 20]
    assert made.spread.tolist() == [1, 10]
    assert (made.low.tolist(), made.high.tolist()) == ([1, 10], [3, 30])
    np.testing.assert_array_equal(made.apply(y), [[-1, np.nan], [1, -1], [np.nan, 1]])


def test_float32_targets_are_scaled_in_float64():
    y = np.array([[16_777_216.0], [16_777_218.0]], "float32")
    made = fit_target_scaling(y)
    assert made.mean.tolist() == [16_777_217]
    assert made.apply(y).dtype == np.float64
    assert made.apply(y).ravel().tolist() == [-1, 1]


def test_targets_of_every_size_have_a_spread_of_one():
    y = np.random.default_rng(3).normal(size=(50, 1))
    for size in (1e-300, 1e-200, 1e-30, 1e30, 1e200, 1e300):
        z = fit_target_scaling(y * size).apply(y * size)
        np.testing.assert_allclose(z.std(), 1, rtol=1e-9)
        assert abs(z.mean()) < 1e-9
