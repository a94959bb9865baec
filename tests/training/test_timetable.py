"""The rounds of a plan as a timetable."""

from __future__ import annotations

import pytest

from fastavg.training.timetable import PlannedRounds
from tests.training.runs import small_plan


@pytest.mark.parametrize("every", [0.5, "3 steps", 1.7])
def test_planned_rounds_are_those_of_the_plan(every):
    plan = small_plan(average_every=every, workers=2)
    sampler = plan.sampler(100)
    table = PlannedRounds(plan, sampler)
    assert table.n_rounds == plan.rounds_of(sampler)
    bounds = table.bounds(0, table.n_rounds)
    assert bounds.tolist() == plan.bounds(sampler, 0, table.n_rounds).tolist()
    assert bounds[-1] == plan.total_steps(sampler)
    assert table.epochs_after(table.n_rounds) == plan.epochs
    assert table.block_stop(1) == table.n_rounds
    assert table.period == 0
