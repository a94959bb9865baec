"""The event of a bad average, as words and as a record."""

from __future__ import annotations

from fastavg.runs.event_records import describe
from fastavg.training.observers.bad_average import BadAverage


def test_it_is_a_record_of_the_run_folder():
    assert describe(BadAverage(3, 2.0, 1.5, 8, redone=True)) == {
        "event": "bad average", "round": 3, "loss": 2.0, "workers_loss": 1.5, "steps": 8,
        "redone": True,
    }
