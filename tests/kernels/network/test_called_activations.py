"""The stages of activations, against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.called_activations import activation_of_formula
from fastavg.networks.activation_table import ACTIVATIONS, CALLED
from tests import oracles

TOLERANCE = {"float32": 2e-6, "float64": 1e-14}
DTYPES = ("float32", "float64")
STAGES = [name for name, entry in ACTIVATIONS.items() if entry.code == CALLED]


@kernel
def _run(address, z, ld, rows, n, bias, kept, wanted):
    call(address, (z, ld, rows, n, bias, kept, wanted))


def test_a_stage_is_made_once():
    silu = ACTIVATIONS["silu"]
    stage = activation_of_formula("silu", silu.formula)
    assert activation_of_formula("silu", silu.formula) is stage
    assert silu.address("float32") == stage.address("float32") != stage.address("float64")


@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("units", [1, 3, 16, 33])
@pytest.mark.parametrize("name", STAGES)
def test_value_and_derivative_are_the_formulas_and_leave_the_gaps(name, units, dtype, wanted):
    random = np.random.default_rng(units)
    ld, rows = units + 5, 4
    memory = random.normal(0, 4, (rows, ld)).astype(dtype)
    before, kept = memory.copy(), np.full((rows, ld), 7, dtype)
    bias = random.normal(0, 1, units).astype(dtype)
    address = ACTIVATIONS[name].address(dtype)
    _run(address, memory.reshape(-1), ld, rows, units, bias, kept.reshape(-1), wanted)
    z = before[:, :units].astype(float) + bias
    assert np.abs(memory[:, :units] - oracles.ACTIVATE[name](z)).max() < 8 * TOLERANCE[dtype]
    assert (memory[:, units:] == before[:, units:]).all()
    assert (kept[:, units:] == 7).all()
    if wanted:
        assert np.abs(kept[:, :units] - oracles.DERIVATIVE[name](z)).max() < 8 * TOLERANCE[dtype]
    else:
        assert (kept == 7).all()


@pytest.mark.parametrize("name", STAGES)
def test_the_oracle_s_derivative_is_the_central_difference(name):
    z = np.linspace(-5, 5, 1000)
    rise = oracles.ACTIVATE[name](z + 1e-6) - oracles.ACTIVATE[name](z - 1e-6)
    assert np.abs(rise / 2e-6 - oracles.DERIVATIVE[name](z)).max() < 1e-8


@pytest.mark.parametrize("name", STAGES)
def test_nan_stays_visible(name):
    memory = np.array([1.0, np.nan, -1.0, 0.5] * 8, np.float32)
    address = ACTIVATIONS[name].address("float32")
    _run(address, memory, 32, 1, 32, np.zeros(32, np.float32), np.zeros(32, np.float32), False)
    assert (np.isnan(memory) == np.tile([False, True, False, False], 8)).all()
