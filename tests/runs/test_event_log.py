"""What happens in a run, in its folder: every round counts, few are written."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from fastavg import Execution, Network, Plan, TabularClassifier, train
from fastavg.averaging.periods.listed import written
from fastavg.runs.event_log import EventLog
from fastavg.runs.run_folder import create_run
from fastavg.training.observers.events import Observer
from tests.cli.commands.models import numbers

X, Y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2


@pytest.fixture
def folder(tmp_path):
    return create_run(tmp_path / "run")


def history(folder):
    with folder.history.open() as file:
        return list(csv.DictReader(file))


def test_all_rounds_are_in_the_history_and_in_the_sums(folder):
    with EventLog(folder) as log:
        train(Network((3, 2)), X, Y, Plan(workers=2, epochs=30),
              execution=Execution(1, observers=[log]))
    rounds = [each for each in folder.happened() if each["event"] == "round"]
    rows = history(folder)
    assert len(rows) == 30
    assert sum(each["rounds"] for each in rounds) == 30
    assert rounds[-1]["round"] == 29
    assert sum(each["training_seconds"] for each in rounds) == pytest.approx(
        sum(float(row["training_seconds"]) for row in rows)
    )
    assert [len(each["worker_seconds"]) for each in rounds] == [2] * len(rounds)
    assert {each["schema"] for each in folder.happened()} == {1}
    # The last round ends a block, whose workers are looked at.
    assert max(each.get("drift", 0) for each in rounds) > 0
    assert float(next(row["drift"] for row in rows if row["drift"])) > 0
    assert [float(row["period"]) for row in rows] == pytest.approx([1.0] * 30)


def test_periods_that_were_chosen_are_written(folder):
    chosen = Plan(workers=2, epochs=4, batch_size=2, average_every="3 steps", period="by-cost")
    with EventLog(folder) as log:
        train(Network((3, 2)), X, Y, chosen, execution=Execution(1, observers=[log]))
    finished = folder.happened()[-1]
    steps = [int(row["steps"]) for row in history(folder)]
    assert finished["periods"] == written(steps)
    assert sum(steps) == 40


def test_validated_epochs_are_written(folder):
    with EventLog(folder) as log:
        train(Network((3, 2)), X, Y, Plan(epochs=3), validation_data=(X, Y),
              execution=Execution(1, observers=[log]))
    scores = [each["score"] for each in folder.happened() if each["event"] == "validated"]
    assert len(scores) == 3


def test_a_run_that_fails_says_why_and_keeps_its_history(folder):
    class Stop(Observer):
        def on_round(self, event):
            if event.round == 1:
                raise RuntimeError("enough\nof it")

    with pytest.raises(RuntimeError), EventLog(folder) as log:
        train(Network((3, 2)), X, Y, Plan(epochs=3),
              execution=Execution(1, observers=[log, Stop()]))
    last = folder.happened()[-1]
    assert (last["event"], last["reason"]) == ("failed", "enough of it")
    assert len(history(folder)) == 2


def test_rounds_before_a_resumption_stay_in_the_history(folder):
    log = EventLog(folder)
    log.on_round(_round(0))
    other = EventLog(folder)
    other.load_state_dict({"records": [
        vars(record) for record in log.state_dict()["records"]
    ]})
    other.on_round(_round(1))
    other.close()
    log._file.close()
    assert [row["round"] for row in history(folder)] == ["0", "1"]
    assert "resumed" in [each["event"] for each in folder.happened()]


def _round(number):
    from tests.cli.terminal.events import round_finished

    return round_finished(number)


def test_networks_of_a_table_have_a_line_an_epoch(folder):
    frame = numbers(60)
    with EventLog(folder) as log:
        model = TabularClassifier(
            "fast", n_members=2, hidden_layer_sizes=(4,), observers=[log]
        ).fit(frame.drop(columns="kind"), frame["kind"])
    rows = history(folder)
    for member, losses in enumerate(model.validation_loss_curves_):
        found = [float(row["validation_loss"]) for row in rows if row["member"] == str(member)]
        assert found == losses
