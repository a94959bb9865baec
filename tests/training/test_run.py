"""A run: four things that decide the weights, and nothing else."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.plan.execution import Execution
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

PLAN = small_plan(workers=2, epochs=1)
RUN = Run(NETWORK, PLAN, data_for(NETWORK, 40, PLAN.dtype), first_weights(NETWORK, PLAN))


def weights(run):
    return train_run(run, Execution(1, LocalCommunicator())).tobytes()


def test_equal_runs_end_with_the_same_bits_and_leave_the_start_as_it_was():
    before = RUN.start.copy()
    assert weights(RUN) == weights(replace(RUN))
    assert (RUN.start == before).all()


@pytest.mark.parametrize("change", [
    {"start": RUN.start + 1}, {"plan": replace(PLAN, seed=9)},
    {"rows": data_for(NETWORK, 41, PLAN.dtype)}, {"network": replace(NETWORK, activation="relu")},
], ids=lambda change: next(iter(change)))
def test_each_part_decides_the_weights(change):
    assert weights(replace(RUN, **change)) != weights(RUN)


def test_a_run_does_not_change():
    assert [field.name for field in fields(Run)] == ["network", "plan", "rows", "start"]
    with pytest.raises(FrozenInstanceError):
        RUN.plan = PLAN
