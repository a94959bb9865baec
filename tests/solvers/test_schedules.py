"""Learning-rate schedules."""

import math

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.solvers import Schedule


def test_constant_is_one():
    assert Schedule().factors(3, 8, 100, 32).tolist() == [1.0] * 5


def test_cosine_goes_from_one_towards_zero():
    factors = Schedule("cosine").factors(0, 100, 100, 32)
    assert factors[0] == 1
    assert factors[50] == pytest.approx(0.5)
    assert factors[99] == pytest.approx(0.5 * (1 + math.cos(math.pi * 0.99)))
    assert (np.diff(factors) < 0).all()


def test_invscaling_counts_rows_as_scikit_learn_does():
    factors = Schedule("invscaling", power=0.5).factors(0, 3, 100, 32)
    assert factors == pytest.approx([1, 33**-0.5, 65**-0.5])


@pytest.mark.parametrize("kind", ["constant", "cosine", "invscaling"])
def test_factors_do_not_depend_on_where_rounds_begin(kind):
    schedule = Schedule(kind)
    whole = schedule.factors(0, 20, 20, 8)
    parts = [schedule.factors(first, first + 5, 20, 8) for first in range(0, 20, 5)]
    assert (np.concatenate(parts) == whole).all()
    assert schedule.factors(4, 4, 20, 8).size == 0


def test_unknown_schedules_are_refused():
    with pytest.raises(ConfigError, match="schedule 'step' is unknown; choose constant, cosine"):
        Schedule("step")
