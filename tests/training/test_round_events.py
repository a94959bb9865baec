"""What observers are told of rounds: of every one, with its own steps and epochs."""

from __future__ import annotations

import pytest

from fastavg.training.observers.events import RoundFinished
from tests.training.runs import Recorder, one_by_one, run, small_plan


@pytest.mark.parametrize("train", [run, one_by_one])
def test_steps_and_epochs_of_rounds_add_up(train):
    recorder = Recorder()
    plan = small_plan(workers=2, average_every="3 steps", epochs=3)
    train(plan, observers=[recorder])
    events = recorder.of(RoundFinished)
    assert [event.round for event in events] == list(range(events[0].n_rounds))
    assert {event.steps for event in events[:-1]} == {3}
    assert sum(event.steps for event in events) == plan.total_steps(plan.sampler(100))
    assert sum(event.period for event in events) == pytest.approx(3)
    assert [event.last for event in events] == [False] * (len(events) - 1) + [True]
    assert all(event.evaluations == 2 * event.steps for event in events)
