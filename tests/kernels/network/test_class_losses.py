"""The stages of losses of classes, by hand on single rows."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.class_losses import STAGES
from fastavg.kernels.network.outputs import output_error


def run(name, z, Y, setting, dtype="float64"):
    """Summed loss, and derivative with respect to z."""
    z, Y = np.array(z, dtype), np.array(Y, dtype)
    rows, units = z.shape
    memory = z.reshape(-1).copy()
    loss = output_error(
        STAGES[name].address(dtype), memory, 0, units, rows, units, Y, np.arange(rows), 0,
        np.zeros(0, dtype), np.zeros(rows * (2 * units + 2), dtype), np.zeros(2 * rows),
        np.array([setting]), False,
    )
    return loss, memory.reshape(rows, units)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.6])
def test_smoothed_cross_entropy(smoothing, dtype):
    z = [[2.0, -1.0, 0.5]]
    share = np.exp(z[0]) / np.exp(z[0]).sum()
    target = np.array([0.0, 1.0, 0.0]) * (1 - smoothing) + smoothing / 3
    for Y in ([[1]], [[0.0, 1.0, 0.0]]):
        loss, derivative = run("smooth_softmax", z, Y, smoothing, dtype)
        assert loss == pytest.approx(-(target * np.log(share)).sum(), rel=1e-5)
        np.testing.assert_allclose(derivative[0], share - target, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_smoothed_binary_cross_entropy(smoothing):
    z, Y = np.array([[1.5, -0.5]]), np.array([[1.0, 1.0]])
    share, target = 1 / (1 + np.exp(-z)), Y * (1 - smoothing) + smoothing / 2
    loss, derivative = run("smooth_logistic", z, Y, smoothing)
    expected = -(target * np.log(share) + (1 - target) * np.log(1 - share)).sum()
    assert loss == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(derivative, share - target, rtol=1e-12)


@pytest.mark.parametrize(("z", "class_number", "loss", "derivative"), [
    # The class leads by one or more: no loss, no derivative.
    ([3.0, 1.0, 0.0], 0, 0.0, [0, 0, 0]),
    ([2.0, 1.5, 0.0], 0, 0.5, [-1, 1, 0]),
    ([0.0, 1.0, 3.0], 1, 3.0, [0, -1, 1]),
    # Of equal rivals the first is pushed.
    ([2.0, 0.0, 2.0], 1, 3.0, [1, -1, 0]),
])
def test_hinge_of_crammer_and_singer(z, class_number, loss, derivative):
    assert run("hinge", [z], [[class_number]], 0.0)[0] == loss
    assert run("hinge", [z], [[class_number]], 0.0)[1][0].tolist() == derivative
    squared = run("hinge", [z], [[class_number]], 1.0)
    assert squared[0] == loss**2
    assert squared[1][0].tolist() == [2 * loss * each for each in derivative]


def test_hinge_of_labels_that_are_each_yes_or_no():
    z, Y = [[0.5, -2.0]], [[1.0, 1.0]]
    loss, derivative = run("hinge", z, Y, 0.0)
    assert (loss, derivative.tolist()) == (0.5 + 3.0, [[-1, -1]])
    loss, derivative = run("hinge", z, Y, 1.0)
    assert (loss, derivative.tolist()) == (0.25 + 9.0, [[-1, -6]])


@pytest.mark.parametrize("name", STAGES)
def test_nan_in_any_output_is_seen(name):
    for column in range(3):
        z = np.zeros((1, 3))
        z[0, column] = np.nan
        loss, derivative = run(name, z, [[1.0, 0.0, 0.0]], 0.1)
        assert np.isnan(loss) or np.isnan(derivative).any()
