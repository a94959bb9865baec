"""Workers by measurement: a number that is said, and that the options then have."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.errors import ConfigError
from fastavg.plan.resolve import Facts
from fastavg.planner import short_trainings
from fastavg.planner.advice import advise
from fastavg.planner.chosen_workers import choose_workers, reason_of
from fastavg.planner.forecast import Forecast
from fastavg.runs.plain_training import data_options, facts_of
from fastavg.runs.run_data import open_run_rows
from tests.planner.made import costs, work

GIVEN = {"workers": "auto", "network": {"hidden": [6]}, "epochs": 300}


def test_options_have_a_number_and_a_sentence_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(short_trainings, "LONG", 0.05)
    X = np.random.default_rng(0).normal(size=(200, 3))
    np.savez(tmp_path / "d.npz", X=X, y=(X[:, 0] > 0).astype(int))
    given = {**GIVEN, "data": {"file": str(tmp_path / "d.npz")}}
    ranks = LocalCommunicator()
    rows = open_run_rows(ranks, data_options(given), "float32")
    chosen = choose_workers(given, rows, facts_of(rows, ranks), "shell", processes=1)
    # Epochs, rows and batches leave 4,000 steps to one worker alone.
    assert chosen.given == {**given, "workers": 1}
    assert chosen.reason.startswith("workers are 1: measured ")
    assert chosen.reason.endswith("(--workers 1 makes the same weights again)")
    assert given["workers"] == "auto"


def test_ranks_name_a_number():
    with pytest.raises(ConfigError, match="measures one machine, and there are 2 ranks"):
        choose_workers(GIVEN, None, Facts(10, 3, 2, "class", ranks=2), "shell")


@pytest.mark.parametrize(("enough", "said"), [
    (4, "workers are 4: measured 0.024 s"),
    (1, "would take 0.024 s"),
])
def test_the_sentence_compares(enough, said):
    made, _ = work(rows=9600)
    rates = costs(round=1e-6)
    forecast = Forecast(made, rates, advise(rates, made, enough, 4), 4)
    assert said in reason_of(forecast)
    if enough == 4:
        assert "with 4 processes, " in reason_of(forecast)
        assert "s with 1 worker (" in reason_of(forecast)
