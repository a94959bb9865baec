"""Compiled elementary functions compute what their NumPy forms do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.compiled_functions import (
    CompiledFunctions,
    choose,
    constant_like,
    logarithm,
    stirling,
)
from fastavg.networks.elementary import NUMPY, Elementary

RANGES = {
    "exp": (-30, 30), "expm1": (-30, 30), "log": (1e-3, 50), "log1p": (0, 1),
    "stirling": (-2, 50), "tanh": (-30, 30), "logistic": (-30, 30), "normal_cdf": (-12, 12),
    "normal_density": (-12, 12),
}


def applied(function, x):
    @kernel(cached=False)
    def run(x, out):
        for i in range(x.size):
            out[i] = function(x[i])

    out = np.empty_like(x)
    run(x, out)
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", RANGES)
def test_functions_of_one_number(name, dtype):
    x = np.linspace(*RANGES[name], 2001).astype(dtype)
    found, expected = applied(getattr(CompiledFunctions, name), x), getattr(NUMPY, name)(x)
    assert found.dtype == dtype
    tolerance = 3e-6 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constants_have_the_dtype_of_the_numbers(dtype):
    assert constant_like(dtype(3), 0.1) == dtype(0.1)
    assert choose(True, dtype(1), dtype(2)) == 1
    assert choose(False, dtype(1), dtype(2)) == 2
    assert logarithm(dtype(1)) == stirling(dtype(-1)) == stirling(dtype(0)) == 0


def test_both_sets_have_the_same_functions():
    names = {field.name for field in dataclasses.fields(Elementary)}
    assert names == {name for name in vars(CompiledFunctions) if not name.startswith("_")}
