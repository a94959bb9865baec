"""The fixed period."""

from __future__ import annotations

from fastavg.averaging.periods import FixedPeriod, Progress


def test_the_plans_period_holds_whatever_was_before():
    for last in (0, 2, 50):
        assert FixedPeriod().next(Progress(0, 100, 7, last)).period == 7
