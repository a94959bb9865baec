"""What is said of a table: the target, the columns, the result."""

from __future__ import annotations

import json

import numpy as np
import pytest
from fastavg_cli.commands.results import Results
from fastavg_cli.terminal.table_summary import TableSummary, facts_of

from fastavg import TabularClassifier
from fastavg.data.column_plan import plan_columns
from fastavg.data.frame_sources import frame_of
from fastavg.data.table_rows import Uses, table_rows

FRAME = frame_of({
    "size": np.arange(40) % 7 * 1.5, "same": np.ones(40), "kind": ["a", "b"] * 20,
})
ROWS = table_rows(FRAME, Uses("kind"), "auto", 0.25)
COLUMNS = plan_columns(ROWS.train)


@pytest.fixture(scope="module")
def model():
    made = TabularClassifier("fast", hidden_layer_sizes=(4,), processes=1)
    return made.fit(ROWS.train, ROWS.y).model_


def summary(**more):
    return TableSummary(
        Results(None, **{"json": False, "quiet": False, **more}), facts_of(FRAME, "kind", ROWS)
    )


def test_the_target_and_the_columns_come_first(capsys):
    summary().begin(COLUMNS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "target            kind  (2 classes: a, b)"
    assert lines[1] == "rows              40  (30 to train on)"
    assert lines[3].split() == ["column", "kind", "missing", "levels", "what", "is", "done"]
    assert any(line.startswith("same    constant") for line in lines)
    summary(quiet=True).begin(COLUMNS)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_figures_come_last(model, capsys):
    summary().end(model, {"accuracy": 0.5, "baseline_accuracy": 0.25}, 1.5)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["test accuracy     50.00%", "  most frequent   25.00%"]
    assert lines[-1] == "seconds           1.50"


def test_both_as_json(model, capsys):
    told = summary(json=True)
    told.begin(COLUMNS)
    told.end(model, {"r2": 0.5}, 1.5)
    first, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["event"], first["target"], first["rows"]) == ("table", "kind", 40)
    assert [each["kind"] for each in first["columns"]] == ["number", "constant"]
    assert (last["event"], last["r2"], last["test_rows"], last["members"]) == (
        "finished", 0.5, 10, 1
    )
    assert len(last["weights_sha256"]) == 64
