"""Events of checkpoints are events of training, and reach the same hook."""

from __future__ import annotations

from typing import get_args

from fastavg.training.observers import events
from fastavg.training.observers.checkpoint_events import CheckpointFailed, CheckpointWritten
from fastavg.training.observers.events import Event, notify
from tests.training.runs import Recorder


def test_they_are_among_the_events():
    assert {CheckpointFailed, CheckpointWritten} <= set(get_args(Event))
    assert events.CheckpointWritten is CheckpointWritten


def test_observers_hear_of_them():
    heard = Recorder()
    written = CheckpointWritten(8, "run.checkpoint", 0.25)
    failed = CheckpointFailed(9, "run.checkpoint", "No space left on device")
    for event in (written, failed):
        assert not notify([heard], event)
    assert heard.events == [written, failed]
