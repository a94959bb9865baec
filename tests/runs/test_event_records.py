"""Every event as a record of plain values."""

from __future__ import annotations

import json
import math

import pytest

from fastavg.runs.event_records import describe, finite
from fastavg.training.observers.events import CentersCombined, Validated
from tests.cli.terminal import events


@pytest.mark.parametrize("event", [
    events.COMPILING, events.STARTED, events.REPLACED, events.IDLE, events.SKIPPED, events.LOST,
    events.WRITTEN, events.FAILED, events.round_finished(0), Validated(1.0, 0.5, 0.75, 0.25),
    CentersCombined("greedy", 3, 0.9, 0.8, True),
])
def test_every_event_has_a_name_and_goes_into_json(event):
    record = describe(event)
    assert json.loads(json.dumps(record)) == record
    assert record["event"]


def test_a_network_of_a_table_has_its_number_and_no_score():
    assert describe(Validated(2.0, 0.5, math.nan, 0.25, 3, 5)) == {
        "event": "validated", "epoch": 2.0, "loss": 0.5, "validation_loss": 0.25,
        "member": 3, "members": 5,
    }
    assert describe(events.FINISHED) is None


def test_numbers_that_are_not_finite_become_none():
    assert finite({"a": math.inf, "b": 1.5, "c": "x"}) == {"a": None, "b": 1.5, "c": "x"}
