"""Training as JSON lines."""

from __future__ import annotations

import json
import math

import pytest
from fastavg_cli.terminal.json_lines import JsonLines

from tests.cli.terminal import events


@pytest.mark.parametrize(("event", "record"), [
    (events.COMPILING, {"event": "compiling", "dtype": "float32", "seconds": 4.6}),
    (events.STARTED, {
        "event": "started", "network": events.NETWORK.as_dict(), "rows": 100, "workers": 2,
        "processes": 2, "ranks": 1, "rounds": 4, "seed": 7,
    }),
    (events.round_finished(1), {
        "event": "round", "round": 1, "epoch": 2.0, "loss": 0.5, "training_seconds": 0.25,
        "averaging_seconds": 0.125, "waiting_seconds": 0.125, "period": 0.0,
    }),
    (events.REPLACED, {
        "event": "worker replaced", "round": 3, "worker": 1, "pid": 4711, "cause": "SIGKILL",
        "processes": 2,
    }),
    (events.SKIPPED, {
        "event": "worker skipped", "round": 2, "worker": 1, "loss_above": None,
    }),
    (events.WRITTEN, {
        "event": "checkpoint", "rounds": 8, "path": "run.checkpoint", "seconds": 0.25,
    }),
    (events.FAILED, {
        "event": "checkpoint failed", "rounds": 9, "path": "run.checkpoint",
        "reason": "No space left on device",
    }),
])
def test_every_event_is_one_object(event, record, capsys):
    JsonLines().on_event(event)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == record


def test_the_end_is_the_summarys_to_tell(capsys):
    JsonLines().on_finish(events.FINISHED)
    assert capsys.readouterr().out == ""


def test_a_loss_that_is_not_finite_is_null(capsys):
    JsonLines().on_round(events.round_finished(0, loss=math.inf))
    assert json.loads(capsys.readouterr().out)["loss"] is None
