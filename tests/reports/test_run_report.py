"""Every figure of a report, of each kind of run."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from fastavg import DataError
from fastavg.reports.run_report import read_again, report_figures, score_of
from fastavg.runs.run_figures import answers_of

KINDS = ("class", "number", "plain")


@pytest.fixture(scope="module")
def reported(run_folders):
    return {kind: report_figures(folder) for kind, folder in run_folders.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_there_and_plain(reported, kind):
    found = reported[kind]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found) == {
        "schema", "run", "task", "target", "rows", "metrics", "score", "train_score", "training",
        "phases", "columns", "class_rows", "linear", "leaks", "quality", "importance", "effects",
        "segments", "worst", "model", "reproduce", "warnings",
    }
    score = found["score"]
    assert score["low"] <= score["value"] <= score["high"]
    assert score["baseline"] < score["value"]
    assert found["linear"]["test"][score["name"]] > score["baseline"]


@pytest.mark.parametrize("kind", KINDS)
def test_figures_are_those_of_the_predictions_file(reported, run_folders, kind):
    found, frame = reported[kind], pd.read_csv(run_folders[kind].predictions)
    assert found["rows"]["test"] == len(frame)
    if kind == "number":
        error = frame["prediction"] - frame["target"]
        assert found["metrics"]["rmse"] == pytest.approx((error**2).mean() ** 0.5)
        assert found["worst"][0]["id"] == frame["id"][error.abs().argmax()]
        assert found["quality"]["bias"] == pytest.approx(error.mean())
        return
    assert found["metrics"]["accuracy"] == (frame["prediction"] == frame["target"]).mean()
    counts = pd.crosstab(frame["target"], frame["prediction"])
    names = found["quality"]["confusion"]["classes"]
    for name, row in zip(names, found["quality"]["confusion"]["counts"], strict=True):
        for other, count in zip(names, row, strict=True):
            one, two = (int(name), int(other)) if kind == "plain" else (name, other)
            expected = counts.get(two, pd.Series(dtype=int)).get(one, 0)
            assert count == expected


def test_columns_and_warnings_of_a_table(reported):
    found = reported["number"]
    assert found["importance"]["columns"][0]["column"] == "size"
    kinds = {each["name"]: each["kind"] for each in found["columns"]}
    assert (kinds["same"], kinds["town"]) == ("constant", "category")
    assert any("`same` (has one value)" in sentence for sentence in found["warnings"])
    assert any("72 rows only" in sentence for sentence in found["warnings"])
    assert all(str(each["id"]).startswith("row ") for each in found["worst"])


def test_rows_are_read_again_as_they_were(run_folders):
    folder = run_folders["plain"]
    about = folder.happened()[0]
    made = read_again(folder, about)
    answers = answers_of(made.model, made.test.X, made.y_test)
    assert (answers.predicted == pd.read_csv(folder.predictions)["prediction"]).all()
    # Training rows are in the units of the file again.
    assert 40 < made.train.X.mean() < 60
    metrics = folder.measured()["test"]
    assert score_of(answers, metrics, len(made.y_test))["value"] == metrics["accuracy"]


def test_data_that_have_changed_are_refused(run_folders, tmp_path):
    folder = run_folders["plain"]
    about = {**folder.happened()[0], "data_sha256": "0" * 64}
    with pytest.raises(DataError, match=r"d\.npz has changed since the run"):
        read_again(folder, about)
