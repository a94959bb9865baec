"""A curve in a line of text."""

from __future__ import annotations

import math

from fastavg_cli.terminal.sparkline import BARS, sparkline


def test_a_falling_curve_falls():
    drawn = sparkline([1 / (at + 1) for at in range(500)])
    assert len(drawn) == 16
    assert drawn[0] == BARS[-1]
    assert drawn[-1] == BARS[0]
    places = [BARS.index(each) for each in drawn]
    assert places == sorted(places, reverse=True)


def test_odd_curves():
    assert sparkline([]) == ""
    assert sparkline([2.0, 2.0]) == "▁▁"
    assert sparkline([math.nan, 1.0, math.inf, 2.0]) == "▁█"
