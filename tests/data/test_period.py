"""Periods: local epochs or steps from one average to the next."""

from fractions import Fraction

import pytest

from fastavg.data.period import is_period, period
from fastavg.errors import ConfigError


@pytest.mark.parametrize(("value", "good"), [
    (1, True), (0.125, True), ("4 steps", True), ("1 step", True), (" 12steps ", True),
    (0, False), (-1, False), ("0 steps", False), ("4", False), ("four steps", False),
    ("-4 steps", False), ("1.5 steps", False), (float("inf"), False), (True, False), (None, False),
])
def test_what_a_period_is(value, good):
    assert is_period(value) is good


def test_a_refusal_says_what_would_do():
    with pytest.raises(ConfigError, match="average_every is '4 steps a day'; it must be a number "
                                          "above 0, or a number of steps such as '4 steps'"):
        period("4 steps a day")


def test_steps_are_counted_across_epochs():
    assert period("4 steps").bounds(2, 5, 10).tolist() == [8, 12, 16, 20]
    assert period("4 steps").epochs(5, 10) == 2.0


def test_fractions_of_epochs_meet_every_epoch():
    every = period(1 / 3)
    assert every.number == Fraction(1, 3)
    assert every.bounds(0, 6, 10).tolist() == [0, 3, 6, 10, 13, 16, 20]
    assert every.epochs(6, 10) == 2.0


def test_rounds_far_away_do_not_overflow():
    bounds = period(1e6).bounds(10**7, 10**7 + 1, 500)
    assert bounds.tolist() == [5 * 10**15, 5 * 10**15 + 5 * 10**8]
    assert period(0.3).bounds(10**18, 10**18 + 1, 10).tolist() == [3 * 10**18, 3 * 10**18 + 3]
