from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.vectors import advance, dot, redirect

DTYPES = ("float32", "float64")


@pytest.fixture(params=DTYPES)
def pair(request):
    random = np.random.default_rng(0)
    return tuple(random.normal(size=1001).astype(request.param) for _ in range(2))


def test_dot_sums_in_float64(pair):
    a, b = pair
    assert dot(a, b) == pytest.approx(float(a.astype("f8") @ b.astype("f8")), rel=1e-13)


def test_dot_of_float32_keeps_what_float32_would_lose():
    # Products and all their sums have few enough digits for float64, in any order.
    a = np.full(1 << 20, 1 + 2.0**-12, "f4")
    assert dot(a, a) == (1 << 20) * (1 + 2.0**-12) ** 2


def test_advance_and_redirect(pair):
    a, b = pair
    out = np.zeros_like(a)
    advance(a, -0.25, b, out)
    np.testing.assert_allclose(out, a - 0.25 * b, rtol=1e-6)
    direction = a.copy()
    redirect(0.5, direction, b)
    np.testing.assert_allclose(direction, 0.5 * a - b, rtol=1e-6, atol=1e-6)


def test_zeros_stay_zeros():
    origin, direction, out = np.zeros(8), np.zeros(8), np.ones(8)
    advance(origin, 3.0, direction, out)
    redirect(7.0, direction, np.zeros(8))
    assert not out.any()
    assert not direction.any()
