"""A forecast as lines and as JSON."""

from __future__ import annotations

from fastavg_cli.terminal.plan_table import plan_lines, plan_record

from fastavg.planner.advice import advise
from fastavg.planner.forecast import Forecast
from tests.planner.made import costs, work


def made(enough=4):
    known, (task, _) = costs(round=1e-9, worker=0), work()
    return Forecast(task, known, advise(known, task, enough, 4), 4)


def test_lines_have_the_table_and_the_advice():
    lines = plan_lines(made())
    assert lines[1] == "network             4-8-3  (67 weights)"
    assert lines[2].startswith("measured            10 µs a row")
    table = [line.split() for line in lines if line[:7].strip().isdigit()]
    assert table[0][:5] == ["1", "1", "0.0096", "0.0096", "0.0096"]
    assert lines[-4] == "best                --workers 4 --processes 4  (20 passes: 0.798 s)"
    assert lines[-3].endswith("(the same)")
    lines = plan_lines(made(enough=1))
    # One process starts no others: 0.5 s where four take 0.75 s.
    assert lines[-4] == "best                --workers 1 --processes 1  (20 passes: 0.692 s)"
    assert "costs quality" in lines[-3]


def test_the_record_has_all_predictions():
    record = plan_record(made())
    assert record["best"]["workers"] == record["pays_up_to"] == 4
    assert record["start_seconds"] == {"1": 0.5, "4": 0.75}
    assert len(record["predicted"]) == len(made().advice.rows)
