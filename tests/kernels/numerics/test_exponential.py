"""exp, logistic and tanh against NumPy's longest floating-point numbers."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.exponential import exp, logistic, tanh

DTYPES = ("float32", "float64")
# Beyond these arguments exp stands still instead of reaching zero or infinity.
RANGE = {"float32": (-87.0, 88.0), "float64": (-708.0, 709.0)}


@kernel
def _exp_all(x, out):
    for i in range(x.size):
        out[i] = exp(x[i])


@kernel
def _logistic_all(x, out):
    for i in range(x.size):
        out[i] = logistic(x[i])


@kernel
def _tanh_all(x, out):
    for i in range(x.size):
        out[i] = tanh(x[i])


def run(function, x):
    out = np.empty_like(x)
    function(x, out)
    return out


def ulps(actual, exact):
    """Distance in units of the last place of the exact value."""
    unit = np.abs(np.spacing(exact.astype(actual.dtype)))
    return np.abs(actual.astype(np.longdouble) - exact) / unit


def arguments(dtype):
    low, high = RANGE[dtype]
    tiny = np.finfo(dtype).tiny
    magnitudes = np.logspace(np.log10(float(tiny)), 1, 2001)
    return np.concatenate([
        np.linspace(low, high, 50_001), np.linspace(-3, 3, 50_001), magnitudes, -magnitudes,
    ]).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_is_within_one_unit_in_the_last_place(dtype):
    x = arguments(dtype)
    assert ulps(run(_exp_all, x), np.exp(x.astype(np.longdouble))).max() <= 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_logistic_is_within_three_units_in_the_last_place(dtype):
    x = arguments(dtype)
    exact = 1 / (1 + np.exp(-x.astype(np.longdouble)))
    inside = x >= RANGE[dtype][0] + 1
    assert ulps(run(_logistic_all, x), exact)[inside].max() <= 3


@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_is_within_three_units_in_the_last_place(dtype):
    x = arguments(dtype)
    assert ulps(run(_tanh_all, x), np.tanh(x.astype(np.longdouble))).max() <= 3


@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_of_the_smallest_numbers_is_themselves(dtype):
    smallest = np.finfo(dtype).smallest_subnormal
    x = np.array([smallest, -smallest, 5 * smallest, np.finfo(dtype).tiny, 0.0], dtype)
    assert (run(_tanh_all, x) == x).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_beyond_the_range_the_value_stands_still(dtype):
    low, high = RANGE[dtype]
    info = np.finfo(dtype)
    x = np.array([low, 2 * low, info.min, -np.inf, high, 2 * high, info.max, np.inf], dtype)
    seen = run(_exp_all, x)
    assert len(set(seen[:4].tolist())) == 1
    assert len(set(seen[4:].tolist())) == 1
    assert 0 < seen[0] < 1e-37
    assert 1e38 < seen[4] < np.inf
    assert (run(_logistic_all, x)[4:] == 1).all()
    assert (run(_logistic_all, x)[:4] < 1e-37).all()
    assert run(_tanh_all, x).tolist() == [-1] * 4 + [1] * 4


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", [_exp_all, _logistic_all, _tanh_all])
def test_nan_stays_nan_and_its_neighbours_do_not_notice(function, dtype):
    x = np.linspace(-2, 2, 37).astype(dtype)
    clean = run(function, x)
    x[[0, 5, 36]] = np.nan
    seen = run(function, x)
    assert np.isnan(seen[[0, 5, 36]]).all()
    others = ~np.isnan(x)
    assert np.abs(seen - clean)[others].max() < 1e-5


def test_outside_kernels_they_are_numpys():
    assert exp(1.5) == np.exp(1.5)
    assert tanh(0.5) == np.tanh(0.5)
