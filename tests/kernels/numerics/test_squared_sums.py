"""Sums of squares are NumPy's in float64, for any number of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.numerics.squared_sums import LANES, squared_distance, squared_norm


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1, LANES - 1, LANES, 3 * LANES + 5])
def test_sums_are_numpy_s(n, dtype):
    random, lanes = np.random.default_rng(n), np.full(LANES, np.nan)
    a, b = (random.normal(size=n).astype(dtype) for _ in range(2))
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    assert np.isclose(squared_norm(a, lanes), wide_a @ wide_a, rtol=1e-14)
    apart = wide_a - wide_b
    assert np.isclose(squared_distance(a, b, lanes), apart @ apart, rtol=1e-14)


def test_what_is_no_number_stays_visible():
    lanes, a = np.empty(LANES), np.ones(40)
    b = a.copy()
    b[39] = np.nan
    assert np.isnan(squared_norm(b, lanes))
    assert np.isnan(squared_distance(a, b, lanes))
