"""Exchanges between a worker and the center, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.asynchronous.exchange import add_change, draw_together, keep_change


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
    theta, center = a.copy(), b.copy()
    draw_together(theta, center, 0.125)
    np.testing.assert_allclose(theta, a - (a - b) / 8, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(center, b + (a - b) / 8, rtol=1e-5, atol=1e-6)
