"""The history keeps what a run told of every round."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from fastavg.training.observers.events import RoundFinished
from fastavg.training.observers.history import History
from tests.training.runs import Recorder, run, small_plan


def test_every_figure_of_every_round_is_kept():
    history, recorder = History(), Recorder()
    run(small_plan(workers=2), observers=[history, recorder])
    events = recorder.of(RoundFinished)
    assert len(history.records) == len(events) == 4
    for record, event in zip(history.records, events, strict=True):
        assert asdict(record) == {name: getattr(event, name) for name in asdict(record)}
    assert history.losses == [event.loss for event in events]
    assert history.total("evaluations") == sum(event.evaluations for event in events)


def test_a_state_brings_the_records_back():
    history, again = History(), History()
    for round in range(3):
        history.on_round(RoundFinished(
            round, 3, round + 1.0, 2.0 - round, 10.0, 5, 0.1, 0.2, 0.3, 0.4, lambda: np.zeros(1)
        ))
    state = {"records": [asdict(record) for record in history.state_dict()["records"]]}
    again.load_state_dict(state)
    assert again.records == history.records
    assert again.total("kernel_seconds") == pytest.approx(0.6)


def test_nothing_is_shared_between_histories():
    History().records.append(None)
    assert History().records == []
    assert History().total("loss") == 0
