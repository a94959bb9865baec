"""``predict_output`` and ``output_error``."""

import numpy as np
import pytest

from fastavg.kernels.network.outputs import output_error, predict_output, squared_error
from fastavg.networks.network import OUTPUTS, Network
from tests import oracles

DTYPES = ("float32", "float64")
# With their own losses; the others are called: test_losses.
BUILT_IN = ("softmax", "logistic", "identity")


def scratch(units, rows, dtype):
    return np.full(rows * (2 * units + 2), np.nan, dtype), np.full(2 * rows, np.nan), np.zeros(1)


def case(output, units, rows, dtype, spread=3.0):
    """Rows of last-layer sums, and a network whose input is that very layer."""
    random = np.random.default_rng(units)
    z = random.normal(0, spread, (rows, units)).astype(dtype)
    network = Network((units, units), output=output)
    theta = np.concatenate([np.eye(units).ravel(), np.zeros(units)])
    return z, network, theta


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("units", [2, 3, 7, 16, 17, 33])
@pytest.mark.parametrize("output", list(OUTPUTS))
def test_predict_output(output, units, dtype):
    z, network, theta = case(output, units, 5, dtype)
    expected = oracles.predict(network, theta, z)
    memory = np.full((5, units + 2), 9, dtype)
    memory[:, :units] = z
    predict_output(OUTPUTS[output], memory.reshape(-1), 0, units + 2, 5, units)
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    assert (np.abs(memory[:, :units] - expected) < tolerance * np.maximum(1, expected)).all()
    assert (memory[:, units:] == 9).all()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("units", [2, 7, 17, 33])
@pytest.mark.parametrize("output", BUILT_IN)
def test_output_error(output, units, dtype, weighted):
    z, network, theta = case(output, units, 5, dtype)
    random = np.random.default_rng(1)
    Y = random.dirichlet(np.ones(units), 9).astype(dtype)
    weights = random.uniform(0.5, 2, 9).astype(dtype) if weighted else np.zeros(0, dtype)
    order = np.array([8, 8, 2, 5, 0, 7, 1])
    used = order[2:7]
    memory = z.reshape(-1).copy()
    loss = output_error(
        OUTPUTS[output], memory, 0, units, 5, units, Y, order, 2, weights,
        *scratch(units, 5, dtype), False,
    )
    factor = weights[used].astype(float) if weighted else np.ones(5)
    expected = factor[:, None] * oracles.derivative_of_loss(network, z.astype(float), Y[used])
    tolerance = 4e-6 if dtype == "float32" else 1e-13
    assert loss == pytest.approx(oracles.loss(network, theta, z, Y[used], factor), rel=tolerance)
    assert np.abs(memory.reshape(5, units) - expected).max() < tolerance


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("output", ["softmax", "logistic"])
def test_output_error_of_many_rows_does_not_overflow(output, dtype):
    # The product of a thousand factors leaves the range of float64 unless it is folded.
    rows, units = 1000, 17
    z, network, theta = case(output, units, rows, dtype, spread=0.1)
    Y = np.eye(units, dtype=dtype)[np.arange(rows) % units]
    loss = output_error(
        OUTPUTS[output], z.reshape(-1).copy(), 0, units, rows, units, Y, np.arange(rows), 0,
        np.zeros(0, dtype), *scratch(units, rows, dtype), False,
    )
    assert loss == pytest.approx(oracles.loss(network, theta, z, Y), rel=1e-6)


@pytest.mark.parametrize("targets", ["full", "classes"])
@pytest.mark.parametrize("output", BUILT_IN)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_output_error_keeps_nan_visible(output, targets, place):
    if output == "identity" and targets == "classes":
        return
    z, _, _ = case(output, 4, 3, "float32")
    z[1, place] = np.nan
    Y = np.eye(4, dtype=np.float32)[[0, 2, 1]]
    if targets == "classes":
        Y = np.array([[0], [2], [1]], np.float32)
    memory = z.reshape(-1)
    loss = output_error(
        OUTPUTS[output], memory, 0, 4, 3, 4, Y, np.arange(3), 0, np.zeros(0, np.float32),
        *scratch(4, 3, np.float32), False,
    )
    assert np.isnan(loss)
    assert np.isnan(z).any(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("dtype", DTYPES)
def test_squared_error_output_by_output(dtype):
    z, targets = np.random.default_rng(3).normal(size=(2, 3, 5)).astype(dtype)
    errors, losses, products = z.reshape(-1).copy(), np.full(5, np.nan), np.full(5, np.nan)
    squared_error(errors, targets.reshape(-1), 5, 3, losses, products)
    assert np.array_equal(errors, (z - targets).reshape(-1))
    assert np.allclose(losses, 0.5 * ((z - targets).astype(float) ** 2).sum(0))
    assert (products == 1).all()
