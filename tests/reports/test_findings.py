"""Warnings: each where it is due, none where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.reports.findings import findings, leak_suspects
from fastavg.reports.report_rows import ReportRows

FINE = {
    "rows": {"train": 900, "test": 300}, "class_rows": {"a": 500, "b": 400},
    "score": {"name": "accuracy", "value": 0.9}, "train_score": {"value": 0.92},
    "linear": {"test": {"accuracy": 0.8}}, "leaks": [],
    "training": {"curves": [{"name": "network", "still_improving": False}]},
    "columns": [{"name": "x", "kind": "number", "missing": 0.1}],
}


def test_nothing_to_say():
    assert findings(FINE) == []


@pytest.mark.parametrize(("change", "said"), [
    ({"rows": {"train": 90, "test": 30}}, "from 30 rows only"),
    ({"class_rows": {"a": 500, "rare": 7}}, "Class rare has 7 training rows"),
    ({"train_score": {"value": 1.0}, "score": {"name": "accuracy", "value": 0.85}},
     "accuracy is 1 on training rows and 0.85 on test rows"),
    ({"linear": {"test": {"accuracy": 0.95}}}, "A linear model is as good"),
    ({"leaks": [{"column": "paid", "score": 0.999}]}, "`paid` alone predicts the target"),
    ({"training": {"curves": [{"name": "network", "still_improving": True}]}},
     "more epochs"),
    ({"training": {"curves": [{"name": "1", "still_improving": at} for at in (True, False)]}},
     "Training of 1 of 2 networks"),
    ({"columns": [{"name": "same", "kind": "constant", "missing": 0.0}]},
     "Left out: `same` (has one value)"),
    ({"columns": [{"name": "who", "kind": "id", "missing": 0.0}]}, "(says who a row is)"),
    ({"columns": [{"name": "hole", "kind": "number", "missing": 0.6}]}, "`hole` (60%)"),
])
def test_each_where_it_is_due(change, said):
    (sentence,) = findings({**FINE, **change})
    assert said in sentence


@pytest.mark.parametrize("task", ["class", "number"])
def test_a_copy_of_the_target_is_suspected_and_a_good_column_is_not(task):
    random = np.random.default_rng(0)
    y = random.normal(size=600)
    X = np.column_stack([y + 1e-3 * random.normal(size=600), y + random.normal(size=600)])
    target = y if task == "number" else np.where(y > 0, "up", "down")
    rows = ReportRows(X, ("copy", "hint"))
    parts = tuple(
        (rows.take(chosen), target[chosen]) for chosen in np.split(np.arange(600), [400])
    )
    found = leak_suspects(*parts, 0.95, task)
    assert [each["column"] for each in found] == ["copy"]
    assert leak_suspects(*parts, 0.7, task) == []


def test_columns_with_holes_can_be_suspected():
    random = np.random.default_rng(0)
    y = random.normal(size=600)
    copy = np.where(random.random(600) < 0.002, np.nan, y)
    rows = ReportRows(np.column_stack([copy, random.normal(size=600)]), ("copy", "noise"))
    parts = tuple((rows.take(chosen), y[chosen]) for chosen in np.split(np.arange(600), [400]))
    assert [each["column"] for each in leak_suspects(*parts, 0.95, "number")] == ["copy"]
