"""The period follows the drift of the workers."""

from __future__ import annotations

import math

import pytest

from fastavg.averaging.periods import Progress, SpreadPeriod


@pytest.mark.parametrize(("drift", "expected"), [
    (0.02, 10), (0.025, 8), (0.016, 12), (1.0, 5), (1e-9, 20), (0.0, 20), (math.nan, 10),
])
def test_closer_workers_are_averaged_less_often(drift, expected):
    found = SpreadPeriod(target=0.02).next(Progress(1000, 1000, 10, 10, drift=drift))
    assert found.period == expected


def test_the_largest_factor_is_an_option():
    progress = Progress(1000, 1000, 10, 10, drift=1e-9)
    assert SpreadPeriod(change=5).next(progress).period == 50
    assert SpreadPeriod(change=0.1).next(progress).period == 10
