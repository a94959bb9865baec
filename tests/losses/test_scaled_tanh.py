"""Targets of -1 and 1 of a scaled tanh, by hand and in training."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, Network, Plan, train
from fastavg.losses import CrossEntropy, Hinge, Poisson, ScaledTanh, SquaredError
from tests.losses.cases import rows_of


def test_it_is_half_the_squared_error_of_the_output():
    z, Y = rows_of("margin")
    expected = 0.5 * ((1.7159 * np.tanh(2 * z / 3) - (2 * Y - 1)) ** 2).sum(axis=1)
    np.testing.assert_allclose(ScaledTanh().rows(z, Y, "margin"), expected, rtol=1e-12)


def test_targets_are_met_at_1_and_minus_1():
    rows = ScaledTanh().rows(np.array([[-1.0, 1.0, -1.0]]), np.array([[1]]), "margin")
    assert rows[0] == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(("loss", "output"), [
    (CrossEntropy(), "softmax"), (CrossEntropy(), "logistic"), (SquaredError(), "identity"),
    (Poisson(), "exponential"),
])
def test_second_derivatives_are_central_differences(loss, output):
    z, Y = rows_of(output)
    Y = np.eye(3)[np.arange(25) % 3] if output == "softmax" else Y
    found, step = loss.curvature(z, output), 1e-4
    for unit in range(3):
        move = step * np.eye(3)[unit]
        ends = [loss.rows(z + side * move, Y, output) for side in (-1, 0, 1)]
        difference = (ends[0] - 2 * ends[1] + ends[2]) / step**2
        np.testing.assert_allclose(found[:, unit], difference, rtol=1e-4, atol=1e-6)


def test_the_second_derivative_is_that_of_targets_that_are_met():
    z = np.array([[0.3, -1.2]])
    met = (1.7159 * np.tanh(2 * z / 3) + 1) / 2
    step = 1e-4
    ends = [ScaledTanh().rows(z + side * step, met, "margin") for side in (-1, 0, 1)]
    difference = (ends[0] - 2 * ends[1] + ends[2]) / step**2
    assert ScaledTanh().curvature(z, "margin").sum() == pytest.approx(difference[0], rel=1e-6)


def test_a_hinge_has_no_second_derivative():
    with pytest.raises(ConfigError, match="loss Hinge has no second derivatives"):
        Hinge().curvature(np.zeros((1, 2)), "margin")


@pytest.mark.parametrize("classes", [2, 3])
def test_networks_learn_with_it(classes):
    random = np.random.default_rng(0)
    y = np.arange(300) % classes
    X = random.normal(size=(300, 4)) + 3 * np.eye(4)[y]
    network = Network((4, 8, classes), "lecun_tanh", "margin")
    plan = Plan(epochs=20, batch_size=10, solver="sgd", loss="scaled_tanh", init="lecun")
    model = train(network, X, y, plan)
    assert model.score(X, y) > 0.95
    assert model.loss(X, y) > 0
