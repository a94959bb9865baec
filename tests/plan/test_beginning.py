"""The ramp of the workers."""

from __future__ import annotations

import pytest

from fastavg import Plan
from fastavg.errors import ConfigError
from fastavg.plan.beginning import Beginning


def test_workers_grow_along_a_line_and_never_above_the_plans():
    ramp = Beginning(workers=2, over=4)
    found = [ramp.workers_at(step / 10, 6) for step in range(60)]
    assert found[0] == 2
    assert found == sorted(found)
    assert set(found) == {2, 3, 4, 5, 6}
    assert ramp.workers_at(4, 6) == 6
    assert ramp.workers_at(0, 1) == 1
    assert Beginning().workers_at(0, 6) == 6


def test_it_goes_with_model_averaging():
    assert not Beginning().active
    with pytest.raises(ConfigError, match="that goes with local-sgd, not GradientAveraging"):
        Plan(beginning=Beginning(rounds=1), algorithm="gradient-averaging")
