"""Exchanges between a worker and the center, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.asynchronous.exchange import (
    add_change,
    draw_together,
    follow,
    give_and_take,
    keep_change,
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exchanges_are_numpys(dtype):
    a, b, c = np.random.default_rng(0).normal(size=(3, 37)).astype(dtype)
    change, anchor = c.copy(), b.copy()
    keep_change(a, anchor, change)
    np.testing.assert_allclose(change, c + (a - b), rtol=1e-6)
    assert (anchor == a).all()
    center = b.copy()
    add_change(center, a, 0.25)
    np.testing.assert_allclose(center, b + a / 4, rtol=1e-5)
    center = b.copy()
    follow(center, a, c)
    np.testing.assert_allclose(center, b + (c - a), rtol=1e-5, atol=1e-6)
    theta, center = a.copy(), b.copy()
    draw_together(theta, center, 0.125)
    np.testing.assert_allclose(theta, a - (a - b) / 8, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(center, b + (a - b) / 8, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_giving_and_taking_at_once_is_one_after_the_other(dtype):
    theta, anchor, change, center = np.random.default_rng(0).normal(size=(4, 37)).astype(dtype)
    found = [each.copy() for each in (theta, anchor, change, center)]
    give_and_take(*found, 0.25)
    keep_change(theta, anchor, change)
    add_change(center, change, 0.25)
    for each in (found[0], found[1], found[3]):
        np.testing.assert_array_equal(each, center)
    assert not found[2].any()
