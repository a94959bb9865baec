"""The normal distribution and log(1 + x) inside kernels, against SciPy."""

import numpy as np
import pytest
from scipy.special import erfcx, ndtr

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.special import log1p, normal_cdf, normal_density, scaled_erfc

DTYPES = ("float32", "float64")


@kernel
def _special(x, out):
    for i in range(x.size):
        out[0, i], out[1, i] = normal_cdf(x[i]), normal_density(x[i])
        out[2, i] = scaled_erfc(abs(x[i]))
        out[3, i] = log1p(abs(x[i]) / (x.dtype.type(1) + abs(x[i])))


@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_are_scipy_s(dtype):
    x = np.linspace(-12, 12, 100_001).astype(dtype)
    out = np.zeros((4, x.size), dtype)
    _special(x, out)
    exact = x.astype(float)
    tolerance = 3e-7 if dtype == "float32" else 4e-15
    assert np.abs(out[0] - ndtr(exact)).max() < tolerance
    assert np.abs(out[1] - np.exp(-(exact**2) / 2) / np.sqrt(2 * np.pi)).max() < tolerance
    assert np.abs(out[2] - erfcx(np.abs(exact))).max() < tolerance
    assert np.abs(out[3] - np.log1p(np.abs(exact) / (1 + np.abs(exact)))).max() < tolerance


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_distribution_function_ends_at_infinity(dtype):
    out = np.zeros((4, 2), dtype)
    with np.errstate(all="ignore"):
        _special(np.array([np.inf, -np.inf], dtype), out)
    assert out[0] == pytest.approx([1, 0], abs=1e-30)
