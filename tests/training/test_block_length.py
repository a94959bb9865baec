"""The length of blocks: by the clock, odd, and never past where somebody needs the state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.plan.beginning import Beginning
from fastavg.plan.execution import Execution
from fastavg.training.block_length import BlockLength, blocks_fit, lone_rounds_fit
from fastavg.training.checkpoints.in_memory import InMemory
from fastavg.training.controllers.plateau import Plateau
from fastavg.training.observers.events import Observer
from fastavg.training.observers.history import History
from fastavg.training.run import Run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

# 25 steps an epoch, 500 in all.
PLAN = small_plan(workers=2, batch_size=2, epochs=20, average_every="1 step")


def made(plan=PLAN):
    return Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), first_weights(NETWORK, plan))


def length(listeners=(), store=None, each=1e-3, plan=PLAN):
    run = made(plan)
    found = BlockLength(run, plan.sampler(100), listeners, store, Execution(1))
    found.learn(1, each)
    return found


class DueEvery(InMemory):
    def due_after(self, rounds):
        return (rounds // 8 + 1) * 8


def test_a_block_takes_the_time_that_it_may_and_is_odd():
    assert length().of(0) == 99
    assert length(each=0.3).of(0) == 1
    assert length(each=0.05).of(0) == 1
    assert length(each=1e-9).of(0) == 499
    assert length().of(496) == 3


def test_it_ends_where_a_checkpoint_is_due():
    by_eight = length(store=DueEvery())
    assert [by_eight.of(rounds) for rounds in (0, 7, 8, 13)] == [7, 1, 7, 3]


def test_it_ends_with_the_epoch_where_somebody_asks():
    by_epoch = length([Plateau(PLAN.solver.schedule), History()])
    assert [by_epoch.of(rounds) for rounds in (0, 25, 40, 49)] == [25, 25, 9, 1]


def test_a_round_that_is_left_out_stands_alone():
    found = length()
    found.leave_out(6)
    assert [found.of(rounds) for rounds in (0, 5, 6, 7)] == [5, 1, 1, 99]


@pytest.mark.parametrize(("change", "fits"), [
    ({}, True),
    ({"average_every": 20}, False),
    ({"averaging": "fedadam"}, False),
    ({"averaging": "diloco"}, True),
    ({"workers": 1, "batch_size": 4}, False),
    ({"loss_gap": 1.0}, False),
    ({"augment": "noise"}, False),
    ({"augment": "noise", "algorithm": "gradient-averaging"}, False),
    ({"reduction": "int8", "solver_state": "reset"}, False),
    ({"solver": "cg", "batch_size": 0}, False),
])
def test_which_plans_have_blocks(change, fits):
    assert blocks_fit(made(replace(PLAN, **change)), Execution(), (), 1) is fits


def test_who_prevents_blocks():
    run = made()
    assert not blocks_fit(run, Execution(block_seconds=0), (), 1)
    assert not blocks_fit(run, Execution(), (), 2)
    assert not blocks_fit(run, Execution(), (History(), Observer()), 1)
    assert blocks_fit(run, Execution(), (History(), Plateau(PLAN.solver.schedule)), 1)
    hourly = made(replace(PLAN, average_every=1))
    assert blocks_fit(hourly, Execution(), (History(),), 1)
    assert not blocks_fit(hourly, Execution(), (Plateau(PLAN.solver.schedule),), 1)


def test_a_run_whose_drift_is_asked_for_has_some_blocks():
    # 500 rounds, in at least eight blocks.
    assert length([History(wants_drift=True)], each=1e-9).of(0) == 61
    assert length([History()], each=1e-9).of(0) == 499


def test_rounds_by_themselves_are_blocks_too_unless_some_differ_or_are_steered():
    assert lone_rounds_fit(made())
    for different in (
        {"beginning": Beginning(rounds=2)}, {"algorithm": "gradient-averaging"},
        {"period": "ramp"},
    ):
        assert not lone_rounds_fit(made(replace(PLAN, **different)))
