"""Rounds as they were in an earlier run."""

from __future__ import annotations

import pytest

from fastavg.averaging.periods import ListedPeriods, Progress, Stretch
from fastavg.averaging.periods.listed import stretches, written
from fastavg.errors import ConfigError


def test_text_and_rounds_are_the_same():
    steps = [4, 4, 4, 1, 7, 7, 4]
    assert written(steps) == "4x3 1x1 7x2 4x1"
    assert [period for period, rounds in stretches(written(steps)) for _ in range(rounds)] == steps


def test_the_place_in_the_list_follows_from_the_step():
    listed = ListedPeriods("4x3 10x2")
    found = {step: listed.next(Progress(step, 60, 6)) for step in (0, 8, 12, 22, 32)}
    assert found == {
        0: Stretch(4, 3), 8: Stretch(4, 1), 12: Stretch(10, 2), 22: Stretch(10, 1),
        # After the list the plan's own period holds.
        32: Stretch(6, 10),
    }


@pytest.mark.parametrize("text", ["4x", "0x3", "x4", "4,4", "4x0", 4])
def test_other_texts_are_refused(text):
    with pytest.raises(ConfigError, match="it must be rounds such as '29x4 15x8'"):
        ListedPeriods(text)
