"""``activate`` and ``backprop`` on rows with gaps between them."""

import numpy as np
import pytest

from fastavg.kernels.network.activations import activate, backprop
from fastavg.networks.activation_table import ACTIVATIONS, CALLED
from tests import oracles

# The others are called: test_curves.
BUILT_IN = [name for name, entry in ACTIVATIONS.items() if entry.code != CALLED]
TOLERANCE = {"float32": 1e-6, "float64": 1e-14}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("units", [1, 2, 3, 7, 16, 17, 33])
@pytest.mark.parametrize("name", BUILT_IN)
def test_activate_adds_the_bias_and_leaves_the_gaps(name, units, dtype):
    random = np.random.default_rng(units)
    ld, at, rows = units + 5, 16, 4
    memory = random.normal(0, 2, at + rows * ld).astype(dtype)
    before = memory.copy()
    bias = random.normal(0, 1, units).astype(dtype)
    activate(ACTIVATIONS[name].code, memory, at, ld, rows, bias)
    z = before[at:].reshape(rows, ld)[:, :units].astype(float) + bias
    seen = memory[at:].reshape(rows, ld)
    assert np.abs(seen[:, :units] - oracles.ACTIVATE[name](z)).max() < 8 * TOLERANCE[dtype]
    assert (seen[:, units:] == before[at:].reshape(rows, ld)[:, units:]).all()
    assert (memory[:at] == before[:at]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("units", [1, 3, 16, 17])
@pytest.mark.parametrize("name", BUILT_IN)
def test_backprop_multiplies_by_the_derivative_and_leaves_the_gaps(name, units, dtype):
    random = np.random.default_rng(units)
    ld, rows = units + 3, 5
    z = random.normal(0, 2, (rows, units)).astype(dtype)
    outputs = np.zeros((rows, ld), dtype)
    outputs[:, :units] = oracles.ACTIVATE[name](z.astype(float))
    errors = random.normal(0, 1, (rows, ld)).astype(dtype)
    memory = errors.ravel().copy()
    backprop(ACTIVATIONS[name].code, outputs.ravel(), 0, ld, memory, 0, ld, rows, units)
    expected = errors[:, :units].astype(float) * oracles.DERIVATIVE[name](z.astype(float))
    assert np.abs(memory.reshape(rows, ld)[:, :units] - expected).max() < 8 * TOLERANCE[dtype]
    assert (memory.reshape(rows, ld)[:, units:] == errors[:, units:]).all()


@pytest.mark.parametrize("name", BUILT_IN)
def test_activate_keeps_nan_visible(name):
    memory = np.array([1.0, np.nan, -1.0, 0.5] * 8)
    activate(ACTIVATIONS[name].code, memory, 0, 32, 1, np.zeros(32))
    assert (np.isnan(memory) == np.tile([False, True, False, False], 8)).all()
