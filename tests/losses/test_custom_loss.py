"""A custom loss is the built-in one that it repeats, behind every output."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.losses import CustomLoss, Poisson, SquaredError
from fastavg.losses.custom_loss import PREDICTIONS


@numba.njit
def half_square(prediction, target):
    return 0.5 * (prediction - target) ** 2


@numba.njit
def difference(prediction, target):
    return prediction - target


@numba.njit
def deviance(prediction, target):
    logarithm = target * np.log(target) if target > 0 else 0.0
    return logarithm - target * np.log(prediction) - target + prediction


@numba.njit
def deviance_derivative(prediction, target):
    return 1 - target / prediction


SQUARE = CustomLoss(half_square, difference)


def test_rows_are_those_of_the_built_in_loss():
    z, Y = np.random.default_rng(0).normal(size=(2, 7, 3))
    np.testing.assert_allclose(
        SQUARE.rows(z, Y, "identity"), SquaredError().rows(z, Y, "identity"), rtol=1e-13
    )
    counts = np.abs(Y).round()
    np.testing.assert_allclose(
        CustomLoss(deviance, deviance_derivative).rows(z, counts, "exponential"),
        Poisson().rows(z, counts, "exponential"), rtol=1e-12, atol=1e-13,
    )


@pytest.mark.parametrize("output", PREDICTIONS)
def test_it_sees_predictions_not_pre_activations(output):
    z, Y = np.random.default_rng(0).normal(size=(2, 5, 2))
    predicted = PREDICTIONS[output](z)
    expected = 0.5 * ((predicted - Y) ** 2).sum(axis=1)
    np.testing.assert_allclose(SQUARE.rows(z, Y, output), expected, rtol=1e-13)


def test_it_is_compiled_once_for_each_output_and_dtype():
    addresses = {SQUARE.code(output, dtype) for output in PREDICTIONS
                 for dtype in ("float32", "float64")}
    assert len(addresses) == 2 * len(PREDICTIONS)
    assert SQUARE.code("identity", "float32") == SQUARE.code("identity", "float32")


def test_outputs_of_classes_are_refused():
    with pytest.raises(ConfigError, match="CustomLoss goes with the output"):
        SQUARE.check_output("softmax")


def test_its_name_is_that_of_its_value():
    assert SQUARE.name == "half_square"
    assert CustomLoss(half_square, difference, name="mine").name == "mine"
    assert CustomLoss(half_square, difference) == SQUARE
    assert CustomLoss(half_square, half_square) != SQUARE
