"""Losses that are called: values against NumPy, derivatives by central differences."""

import numpy as np
import pytest

from fastavg.errors import ConfigError, DataError
from fastavg.kernels.network.outputs import output_error
from fastavg.losses import (
    LOSSES,
    AbsoluteError,
    CrossEntropy,
    Gamma,
    Hinge,
    Huber,
    LogCosh,
    Poisson,
    Quantile,
    SquaredError,
    loss,
    own_loss,
)
from fastavg.networks.network import OUTPUTS

CASES = [
    (SquaredError(), "identity"), (AbsoluteError(), "identity"), (Huber(0.7), "identity"),
    (Quantile(0.8), "identity"), (LogCosh(), "identity"), (Poisson(), "exponential"),
    (Gamma(), "exponential"), (CrossEntropy(), "softmax"), (CrossEntropy(), "logistic"),
    (CrossEntropy(0.2), "softmax"), (CrossEntropy(0.2), "logistic"), (Hinge(), "margin"),
    (Hinge(squared=True), "margin"),
]


def run(what, output, z, Y, weights=None):
    """The summed loss, and the derivative that takes z's place."""
    rows, units = z.shape
    memory = z.copy().reshape(-1)
    summed = output_error(
        what.code(output, z.dtype), memory, 0, units, rows, units, Y, np.arange(rows), 0,
        np.zeros(0, z.dtype) if weights is None else weights,
        np.full(rows * (2 * units + 2), np.nan, z.dtype), np.full(2 * rows, np.nan),
        np.array(what.settings()), False,
    )
    return summed, memory.reshape(rows, units)


def rows_of(output, units, targets, dtype, rows=19):
    random = np.random.default_rng(units)
    z = random.normal(0, 1.5, (rows, units))
    if targets == "classes":
        Y = random.integers(0, units, (rows, 1))
    elif output == "exponential":
        Y = random.gamma(1.0, 2.0, (rows, units))
    elif output == "identity":
        Y = random.normal(0, 1.5, (rows, units))
    elif output == "softmax":
        Y = random.dirichlet(np.ones(units), rows)
    else:
        Y = random.integers(0, 2, (rows, units))
    return z.astype(dtype), Y.astype(dtype)


def forms(output, units):
    return ("full",) if output in ("identity", "exponential") or units == 1 else ("full", "classes")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("units", [1, 2, 3, 17])
@pytest.mark.parametrize(("what", "output"), CASES)
def test_a_loss_is_its_numpy_form_and_its_derivative_the_difference(what, output, units, dtype):
    if output == "softmax" and units == 1:
        return
    for targets in forms(output, units):
        z, Y = rows_of(output, units, targets, dtype)
        summed, derivative = run(what, output, z, Y)
        tolerance = 3e-6 if dtype == "float32" else 1e-13
        assert summed == pytest.approx(what.rows(z, Y, output).sum(), rel=tolerance)
        exact = z.astype(float)
        for column in range(units):
            step = np.zeros(units)
            step[column] = 4e-6
            rise = what.rows(exact + step, Y, output) - what.rows(exact - step, Y, output)
            assert np.abs(derivative[:, column] - rise / 8e-6).max() < (
                3e-5 if dtype == "float32" else 3e-8
            )


@pytest.mark.parametrize(("what", "output"), CASES)
def test_row_weights_count(what, output):
    z, Y = rows_of(output, 3, "full", "float64")
    weights = np.random.default_rng(0).uniform(0, 2, len(z))
    summed, derivative = run(what, output, z, Y, weights)
    assert summed == pytest.approx((weights * what.rows(z, Y, output)).sum(), rel=1e-12)
    assert np.allclose(derivative, weights[:, None] * run(what, output, z, Y)[1], rtol=1e-12)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("what", "output"), CASES)
def test_nan_stays_visible(what, output, place):
    for targets in forms(output, 3):
        z, Y = rows_of(output, 3, targets, "float32")
        z[4, place] = np.nan
        summed, derivative = run(what, output, z, Y)
        assert np.isnan(summed)
        assert np.flatnonzero(np.isnan(derivative).any(axis=1)).tolist() == [4]


def test_an_output_s_own_loss_goes_with_it():
    for output in OUTPUTS:
        own_loss(output).check_output(output)


def test_losses_have_names_and_refuse_what_does_not_fit():
    for name in LOSSES.members:
        assert loss(loss(name)) == loss(name)
    assert loss("squared_hinge") == Hinge(squared=True)
    with pytest.raises(ConfigError, match=r"loss 'l3' is unknown; choose cross_entropy, "):
        loss("l3")
    with pytest.raises(ConfigError, match=r"Huber goes with the output identity; this .* softmax"):
        Huber().check_output("softmax")
    with pytest.raises(DataError, match=r"y holds -2 in row 1; .* Poisson takes numbers at least"):
        Poisson().check_targets(np.array([[1.0], [-2.0]]))
    with pytest.raises(DataError, match=r"y holds 0 in row 0; .* Gamma takes numbers above 0"):
        Gamma().check_targets(np.array([[0.0]]))


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [(Huber, 0, "delta"), (Quantile, 1, "q"), (CrossEntropy, 1, "label_smoothing")],
)
def test_impossible_numbers_are_refused(kind, value, name):
    with pytest.raises(ConfigError, match=f"{name} is {value}; it must"):
        kind(value)


def test_poisson_is_scikit_learn_s():
    from sklearn.metrics import mean_gamma_deviance, mean_poisson_deviance

    random = np.random.default_rng(0)
    z, Y = random.normal(0, 1, (50, 1)), random.poisson(2, (50, 1)).astype(float)
    mean = Poisson().rows(z, Y, "exponential").mean()
    assert mean == pytest.approx(mean_poisson_deviance(Y[:, 0], np.exp(z[:, 0])) / 2)
    mean = Gamma().rows(z, Y + 1, "exponential").mean()
    assert mean == pytest.approx(mean_gamma_deviance(Y[:, 0] + 1, np.exp(z[:, 0])) / 2)
