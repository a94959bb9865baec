"""What every loss keeps: rows, codes, outputs and targets."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.losses.contract import Loss, LossFormula, full_targets
from fastavg.networks.elementary import NUMPY
from tests.losses.cases import ELEMENTWISE, OF_CLASSES, rows_of


@pytest.mark.parametrize(("loss", "output"), ELEMENTWISE + OF_CLASSES)
def test_rows_are_one_number_each_and_independent(loss, output):
    z, Y = rows_of(output)
    rows = loss.rows(z, Y, output)
    assert (rows.shape, rows.dtype) == ((25,), np.float64)
    assert (rows >= -1e-12).all()
    alone = [loss.rows(z[[row]], Y[[row]], output)[0] for row in range(25)]
    np.testing.assert_allclose(rows, alone, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("loss", "output"), ELEMENTWISE)
def test_a_formula_s_derivative_is_the_central_difference(loss, output):
    value, derivative, _ = loss.formula(NUMPY)
    z, T = rows_of(output)
    a, step = loss.settings()[0], 1e-6
    difference = (value(z + step, T, a) - value(z - step, T, a)) / (2 * step)
    np.testing.assert_allclose(derivative(z, T, a), difference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("loss", "output"), ELEMENTWISE)
def test_a_formula_keeps_nan_visible(loss, output):
    value, derivative, _ = loss.formula(NUMPY)
    z, T = np.array([np.nan, 1.0]), np.array([1.0, 1.0])
    for function in (value, derivative):
        assert np.isnan(function(z, T, loss.settings()[0])).tolist() == [True, False]


@pytest.mark.parametrize(("loss", "output"), ELEMENTWISE + OF_CLASSES)
def test_outputs_it_does_not_go_with_are_refused(loss, output):
    loss.check_output(output)
    with pytest.raises(ConfigError, match=rf"loss {type(loss).__name__} goes with the output "):
        loss.check_output("nonsense")


def test_a_loss_without_a_formula_has_no_code():
    class Empty(Loss):
        pass

    with pytest.raises(NotImplementedError):
        Empty().rows(np.zeros((1, 1)), np.zeros((1, 1)), "identity")


def test_a_new_loss_is_one_class():
    class Cubed(Loss):
        @staticmethod
        def formula(f):
            def value(z, t, a):
                return abs(z - t) * (z - t) * (z - t)

            def derivative(z, t, a):
                d, three = z - t, f.number(z, 3)
                return three * d * abs(d)

            return LossFormula(value, derivative)

    rows = Cubed().rows(np.array([[3.0], [0.0]]), np.array([[1.0], [2.0]]), "identity")
    assert rows.tolist() == [8.0, 8.0]


def test_class_numbers_become_rows_of_a_one_among_zeros():
    z = np.zeros((3, 4))
    assert full_targets(np.array([[0], [3], [1]]), z).tolist() == [
        [1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0],
    ]
    Y = np.arange(12.0).reshape(3, 4)
    assert full_targets(Y, z) is not None
    assert (full_targets(Y, z) == Y).all()
