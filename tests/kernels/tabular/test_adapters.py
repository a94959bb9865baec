"""Adapters of submodels and their gradient, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.tabular.adapters import adapt, adapt_gradient

TOLERANCE = {"float32": 2e-5, "float64": 1e-12}
N = 40


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize(("submodels", "n", "ld"), [(2, 5, 16), (3, 16, 16), (8, 33, 48)])
def test_adapters_and_their_gradient(submodels, n, ld, dtype):
    random = np.random.default_rng(n)
    R = random.normal(size=(submodels, n)).astype(dtype)
    Z = random.normal(size=(N, ld)).astype(dtype)
    out = np.full((submodels, N, ld), 7, dtype)
    adapt(R.ravel(), submodels, n, Z.ravel(), N, out.reshape(-1), ld)
    np.testing.assert_allclose(out[:, :, :n], R[:, None] * Z[:, :n], atol=TOLERANCE[dtype])
    assert (out[:, :, n:] == 7).all()

    error = random.normal(size=out.shape).astype(dtype)
    handed, sums = np.full((N, ld), np.nan, dtype), np.full((submodels, n), np.nan, dtype)
    adapt_gradient(
        R.ravel(), submodels, n, Z.ravel(), N, error.ravel(), ld, handed.reshape(-1),
        sums.reshape(-1),
    )
    given = error[:, :, :n].astype("f8")
    np.testing.assert_allclose(
        handed[:, :n], (R[:, None] * given).sum(axis=0), atol=20 * TOLERANCE[dtype]
    )
    np.testing.assert_allclose(
        sums, (Z[:, :n] * given).sum(axis=1), atol=50 * TOLERANCE[dtype]
    )
