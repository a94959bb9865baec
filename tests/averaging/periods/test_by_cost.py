"""The period keeps averages under a part of the time."""

from __future__ import annotations

import pytest

from fastavg.averaging.periods import CostPeriod, Progress


@pytest.mark.parametrize("target", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("ratio", [0.3, 1.0, 4.0])
def test_the_share_of_averages_comes_to_the_target_and_no_shorter_period_does(target, ratio):
    progress = Progress(10**6, 10**6, 5, 5, averaging_seconds=ratio, step_seconds=1.0)
    steps = CostPeriod(target=target).next(progress).period
    assert ratio / (ratio + steps) <= target + 1e-12
    assert steps == 1 or ratio / (ratio + steps - 1) > target
