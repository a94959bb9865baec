"""Activations that are called, ``bell``, ``normal``, and the loop that applies any curve."""

import numpy as np
import pytest
from scipy.special import erfcx, ndtr

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.called_activations import STAGES
from fastavg.kernels.numerics.special import bell, log1p, normal, tail
from fastavg.networks.network import ACTIVATIONS, CALLED
from tests import oracles

TOLERANCE = {"float32": 2e-6, "float64": 1e-14}
DTYPES = ("float32", "float64")


@kernel
def _run(address, z, ld, rows, n, bias, kept, wanted):
    call(address, (z, ld, rows, n, bias, kept, wanted))


@kernel
def _special(x, out):
    for i in range(x.size):
        out[0, i], out[1, i], out[2, i] = normal(x[i]), bell(x[i]), tail(abs(x[i]))
        out[3, i] = log1p(abs(x[i]) / (x.dtype.type(1) + abs(x[i])))


def test_every_called_activation_has_a_loop():
    assert {name for name, code in ACTIVATIONS.items() if code == CALLED} == set(STAGES)


@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("units", [1, 3, 16, 33])
@pytest.mark.parametrize("name", list(STAGES))
def test_a_curve_and_its_derivative_are_the_formulas_and_leave_the_gaps(name, units, dtype, wanted):
    random = np.random.default_rng(units)
    ld, rows = units + 5, 4
    memory = random.normal(0, 4, (rows, ld)).astype(dtype)
    before, kept = memory.copy(), np.full((rows, ld), 7, dtype)
    bias = random.normal(0, 1, units).astype(dtype)
    address = STAGES[name].address(dtype)
    _run(address, memory.reshape(-1), ld, rows, units, bias, kept.reshape(-1), wanted)
    z = before[:, :units].astype(float) + bias
    assert np.abs(memory[:, :units] - oracles.ACTIVATE[name](z)).max() < 8 * TOLERANCE[dtype]
    assert (memory[:, units:] == before[:, units:]).all()
    assert (kept[:, units:] == 7).all()
    if wanted:
        assert np.abs(kept[:, :units] - oracles.DERIVATIVE[name](z)).max() < 8 * TOLERANCE[dtype]
    else:
        assert (kept == 7).all()


@pytest.mark.parametrize("name", list(STAGES))
def test_the_oracle_derivative_is_the_curve_s_by_central_differences(name):
    z = np.linspace(-5, 5, 1000)
    rise = oracles.ACTIVATE[name](z + 1e-6) - oracles.ACTIVATE[name](z - 1e-6)
    assert np.abs(rise / 2e-6 - oracles.DERIVATIVE[name](z)).max() < 1e-8


@pytest.mark.parametrize("name", list(STAGES))
def test_a_curve_keeps_nan_visible(name):
    memory = np.array([1.0, np.nan, -1.0, 0.5] * 8, np.float32)
    address = STAGES[name].address("float32")
    _run(address, memory, 32, 1, 32, np.zeros(32, np.float32), np.zeros(32, np.float32), False)
    assert (np.isnan(memory) == np.tile([False, True, False, False], 8)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_normal_bell_tail_and_logarithm_are_scipy_s(dtype):
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
def test_normal_ends_at_infinity(dtype):
    out = np.zeros((4, 2), dtype)
    with np.errstate(all="ignore"):
        _special(np.array([np.inf, -np.inf], dtype), out)
    assert out[0] == pytest.approx([1, 0], abs=1e-30)
