from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.means.fast import plain_mean


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 2048, 5000])
@pytest.mark.parametrize("slots", [1, 2, 5])
def test_the_mean_of_slots_that_lie_apart(slots, n, dtype):
    random = np.random.default_rng([slots, n])
    memory = random.standard_normal((slots, n + 3)).astype(dtype)
    shares, out = random.random(slots), np.full(n, np.nan, dtype)
    plain_mean(memory.reshape(-1), np.arange(slots) * (n + 3) + 2, shares, out)
    expected = (memory[:, 2 : n + 2].astype("f8") * shares[:, None]).sum(axis=0)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)


def test_without_slots_it_is_zero():
    out = np.full(3000, np.nan, "f4")
    plain_mean(np.empty(0, "f4"), np.empty(0, np.int64), np.empty(0), out)
    assert not out.any()


def test_what_is_not_finite_shows():
    out = np.zeros(3, "f4")
    plain_mean(np.array([1, np.nan, np.inf] * 2, "f4"), np.array([0, 3]), np.full(2, 0.5), out)
    assert out[0] == 1
    assert not np.isfinite(out[1:]).any()
