"""The table and the last JSON object of a run, from the events of a real one."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace

import numpy as np
import pytest
from fastavg_cli.terminal.summary import Summary

from fastavg import Execution, Network, Plan, train
from tests.cli.terminal import events

X = np.random.default_rng(0).normal(size=(60, 4))


@pytest.fixture(scope="module")
def trained():
    summary = Summary()
    model = train(
        Network((4, 3)), X, np.arange(60) % 3, Plan(workers=2, epochs=3),
        execution=Execution(1, observers=(summary,)),
    )
    return model, summary


def test_the_record_is_that_of_the_run(trained):
    model, summary = trained
    record = summary.record(model, 0.5, "a.model")
    assert record.pop("seconds") > 0
    assert record == {
        "event": "finished", "accuracy": 0.5, "loss": summary.history.losses[-1], "epochs": 3.0,
        "rounds": 3, "workers": 2, "processes": 1, "ranks": 1, "model": "a.model",
        "reproducible": True, "lost_steps": 0,
        "weights_sha256": hashlib.sha256(model.weights.tobytes()).hexdigest(),
    }


def test_the_table_says_the_same(trained):
    model, summary = trained
    table = [line[:18].strip() for line in summary.lines(model, 0.5, 30, "a.model")]
    assert table == [
        "test accuracy", "training loss", "rounds", "workers", "processes", "seconds", "training",
        "averaging", "waiting", "outside kernels", "speed", "", "model",
    ]
    values = [line[18:] for line in summary.lines(model, 0.5, 30, "a.model")]
    assert values[0] == "50.00%  (30 rows)"
    assert values[2:5] == ["3  (3 epochs)", "2", "1"]
    assert values[-1] == "a.model"
    assert summary.lines(model, None, 0, None)[0].endswith("no test rows")


def test_numbers_have_r_squared_and_several_ranks_a_line():
    summary = Summary()
    summary.on_start(replace(events.STARTED, ranks=3))
    summary.on_round(events.round_finished(0))
    summary.on_finish(events.FINISHED)
    lines = summary.lines(events.NUMBERS, 0.25, 30, None)
    assert lines[0] == f"{'test R²':<18}0.2500  (30 rows)"
    assert f"{'ranks':<18}3" in lines
    assert f"{'speed':<18}25 rows/s" in lines
    assert f"{'outside kernels':<18}60.0% of a round" in lines
    assert "r2" in summary.record(events.NUMBERS, 0.25, None)


def test_a_checkpoint_brings_earlier_rounds_back(trained):
    _, summary = trained
    again = Summary()
    again.load_state_dict(
        {"records": [asdict(each) for each in summary.state_dict()["records"]]}
    )
    assert again.history.records == summary.history.records
