"""The elementary functions for arrays, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, ndtr, xlogy
from scipy.stats import norm

from fastavg.networks.elementary import NUMPY

X = np.linspace(-30, 30, 5001)


@pytest.mark.parametrize(("name", "expected"), [
    ("exp", np.exp), ("expm1", np.expm1), ("tanh", np.tanh), ("logistic", expit),
    ("normal_cdf", ndtr), ("normal_density", norm.pdf),
])
def test_functions_are_scipy_s(name, expected):
    # The distribution function is a difference from 1 in its lower tail.
    np.testing.assert_allclose(getattr(NUMPY, name)(X), expected(X), rtol=1e-12, atol=1e-15)


def test_logarithms():
    positive = np.linspace(0.001, 40, 1000)
    np.testing.assert_allclose(NUMPY.log(positive), np.log(positive))
    np.testing.assert_allclose(NUMPY.log1p(positive), np.log1p(positive))


def test_stirling_is_the_leading_term_of_log_factorial_and_0_at_0():
    x = np.array([0.0, 0.5, 1.0, 200.0])
    np.testing.assert_allclose(NUMPY.stirling(x), xlogy(x, x) - x)


def test_the_logistic_overflows_on_neither_side():
    with np.errstate(all="raise", under="ignore"):
        assert NUMPY.logistic(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]


def test_a_constant_takes_the_dtype_of_the_numbers():
    assert NUMPY.number(np.ones(3, np.float32), 0.1).dtype == np.float32
    assert NUMPY.number(np.ones((2, 3)), 7).tolist() == [[7.0] * 3] * 2
    assert NUMPY.where(np.array([True, False]), np.ones(2), np.zeros(2)).tolist() == [1.0, 0.0]
