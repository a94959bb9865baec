"""``fastavg train``, ``evaluate`` and ``predict`` on tables of named columns."""

from __future__ import annotations

import json
import signal
import time
import tomllib

import numpy as np
import pandas as pd
import pytest

import fastavg
from fastavg import TabularClassifier, TabularRegressor
from fastavg.data.split import split_rows
from tests.cli.in_process import refused, run
from tests.cli.shell import end, start
from tests.models.tables import answers, table

QUICK = ("--effort", "fast", "--epochs", 4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    frame = table(300)
    frame.assign(
        price=answers(frame), dear=np.where(answers(frame) > 4, "yes", "no"),
        dollars=(answers(frame) * 10_000).astype(int), stars=np.arange(300) % 5,
        importance=1.0 + np.arange(300) % 2, house=np.arange(300) // 3,
    ).to_csv(folder / "t.csv", index=False)
    table(100, seed=1).to_parquet(folder / "new.parquet")
    return folder


def words(out):
    return dict(line.split(maxsplit=1) for line in out.splitlines() if len(line.split()) > 1)


def test_from_a_table_to_predictions(folder):
    model = folder / "m.safetensors"
    code, out, err = run("train", folder / "t.csv", "--target", "dear", "--ignore",
                         "price,dollars,stars,importance,house", "--output", model, *QUICK)
    assert code == 0, err
    assert "dear  (2 classes: no, yes)" in out
    assert "row_id" in out
    assert "left out: says who a row is" in out
    assert "test AUC" in out
    code, out, _ = run("evaluate", model, folder / "t.csv")
    assert code == 0
    assert float(words(out)["accuracy"]) > 0.6
    code, out, _ = run("predict", model, folder / "new.parquet", "--probabilities")
    lines = out.splitlines()
    assert lines[0] == "no,yes"
    assert len(lines) == 101
    np.testing.assert_allclose(
        [float(value) for value in lines[1].split(",")],
        fastavg.load(model).predict_proba(table(100, seed=1))[0], rtol=1e-6,
    )


@pytest.mark.parametrize(("target", "kind"), [("price", "number"), ("dear", "class")])
def test_the_same_weights_as_in_python(folder, target, kind):
    others = sorted({"price", "dollars", "stars", "importance", "house", "dear"} - {target})
    code, out, err = run(
        "train", folder / "t.csv", "--target", target, "--ignore", ",".join(others),
        "--json", "--output", folder / f"{kind}.safetensors", *QUICK,
    )
    assert code == 0, err
    frame = pd.read_csv(folder / "t.csv")
    y = frame[target].to_numpy()
    train, _ = split_rows(y, 0.3, 0, by_class=kind == "class")
    X = frame.drop(columns=[target, *others]).iloc[train].reset_index(drop=True)
    made = (TabularClassifier if kind == "class" else TabularRegressor)("fast")
    made = made.set_params(recipe=_with_epochs(kind)).fit(X, y[train])
    loaded = fastavg.load(folder / f"{kind}.safetensors")
    np.testing.assert_array_equal(loaded.members, made.model_.members)
    assert loaded.target_name == target
    last = json.loads(out.splitlines()[-1])
    assert last["event"] == "finished"
    assert last["members"] == 1


def _with_epochs(kind):
    from dataclasses import replace

    from fastavg.estimators.tabular.recipe import recipe_of

    return replace(recipe_of("fast", kind), max_epochs=4)


def test_amounts_are_numbers_and_few_whole_numbers_classes(folder):
    code, out, _ = run("train", folder / "t.csv", "--target", "dollars", *QUICK)
    assert code == 0
    assert "dollars  (numbers; --kind class takes them for classes)" in out
    assert "test R²" in out
    code, out, _ = run("train", folder / "t.csv", "--target", "stars", *QUICK)
    assert "stars  (5 classes: 0, 1, 2, 3, 4)" in out


def test_the_plan_of_the_columns_is_written_changed_and_used(folder):
    code, out, _ = run("train", folder / "t.csv", "--target", "price", "--print-columns")
    assert code == 0
    plan = tomllib.loads(out)
    assert {each["name"]: each["kind"] for each in plan["column"]}["whole"] == "number"
    (folder / "plan.toml").write_text(
        out.replace('name = "whole", kind = "number"', 'name = "whole", kind = "ignored"')
    )
    code, out, _ = run("train", folder / "t.csv", "--target", "price", "--columns",
                       folder / "plan.toml", "--json", *QUICK)
    said = json.loads(out.splitlines()[0])
    assert {each["name"]: each["kind"] for each in said["columns"]}["whole"] == "ignored"


@pytest.mark.parametrize("options", [
    (),
    ("--schedule", "coslog4", "--set", "solver.rates.biases=0.1", "--set", "solver.decays.biases=0",
     "--set", "solver.weight_decay=0.1", "--set", "solver.fan_in_power=0.5",
     "--set", "solver.decay_schedule=flat_cos", "--set", "table.scaling=true",
     "--set", "table.data_start=true", "--set", "solver.rates.scaling=6"),
])
def test_a_printed_configuration_trains_the_same(folder, options):
    given = ("train", folder / "t.csv", "--target", "price", *QUICK, *options)
    code, out, _ = run(*given, "--print-config")
    assert code == 0
    (folder / "run.toml").write_text(out)
    digests = [
        json.loads(run(*arguments, "--json")[1].splitlines()[-1])["weights_sha256"]
        for arguments in (given, ("train", "--config", folder / "run.toml"))
    ]
    assert digests[0] == digests[1]


def test_weights_groups_ids_and_a_test_file(folder):
    frame = pd.read_csv(folder / "t.csv")
    frame.iloc[:100].to_csv(folder / "test.csv", index=False)
    code, out, err = run(
        "train", folder / "t.csv", "--target", "price", "--weights", "importance", "--group",
        "house", "--id", "cabin", "--test", folder / "test.csv", "--json", *QUICK,
    )
    assert code == 0, err
    first, last = (json.loads(line) for line in out.splitlines())
    names = {column["name"] for column in first["columns"]}
    assert not names & {"importance", "house", "cabin", "price"}
    assert last["test_rows"] == 100


def test_bad_rows_are_skipped_and_listed(folder):
    text = (folder / "t.csv").read_text().splitlines()
    text.insert(5, "1,2,3")
    (folder / "bad.csv").write_text("\n".join(text) + "\n")
    err = refused(3, "train", folder / "bad.csv", "--target", "price", *QUICK)
    assert "bad.csv, line 6: 3 values for 14 columns" in err
    code, out, _ = run(
        "train", folder / "bad.csv", "--target", "price", "--bad-rows", "skip", *QUICK
    )
    assert code == 0
    assert "skipped           1 rows" in out
    assert "line 6: 3 values for 14 columns" in out
    assert "rows              300  (210 to train on)" in out


def test_several_files(folder):
    text = (folder / "t.csv").read_text().splitlines()
    for part, rows in enumerate((text[1:151], text[151:])):
        (folder / f"part-{part}.csv").write_text("\n".join([text[0], *rows]) + "\n")
    whole, parts = (
        json.loads(run("train", data, "--target", "price", "--json", *QUICK)[1].splitlines()[-1])
        for data in (folder / "t.csv", folder / "part-*.csv")
    )
    assert whole["weights_sha256"] == parts["weights_sha256"]


def test_a_cross_validation_tests_every_row_once_and_keeps_a_model_of_all(folder):
    given = ("train", folder / "t.csv", "--target", "dear", "--features", "age,town,whole",
             "--group", "house", "--cv", 3, *QUICK)
    code, out, err = run(*given, "--json", "--output", folder / "cv.safetensors")
    assert code == 0, err
    _, parts, last = (json.loads(line) for line in out.splitlines())
    assert parts["event"] == "cross-validation"
    assert len(parts["accuracy"]) == len(parts["auc"]) == 3
    assert min(parts["auc"]) > 0.6
    assert last["test_rows"] == 0
    frame = pd.read_csv(folder / "t.csv")
    made = TabularClassifier(recipe=_with_epochs("class"))
    made.fit(frame[["age", "town", "whole"]], frame["dear"], groups=frame["house"])
    np.testing.assert_array_equal(
        fastavg.load(folder / "cv.safetensors").members, made.model_.members
    )
    code, out, _ = run(*given)
    assert "mean ± standard deviation of 3 parts, each a test once" in out
    assert "rows              300  (300 to train on)" in out


def test_a_threshold_by_a_metric_or_a_number(folder):
    given = ("train", folder / "t.csv", "--target", "dear", "--features", "age,town", *QUICK)
    for asked, wanted in (("balanced_accuracy", None), ("0.25", 0.25)):
        code, out, err = run(
            *given, "--threshold", asked, "--json", "--output", folder / "th.safetensors"
        )
        assert code == 0, err
        found = json.loads(out.splitlines()[-1])["threshold"]
        assert found == wanted or (wanted is None and 0 < found < 1)
        model = fastavg.load(folder / "th.safetensors")
        assert model.threshold == found
    chances = model.predict_proba(table(100, seed=1))
    _, out, _ = run("predict", folder / "th.safetensors", folder / "new.parquet")
    assert out.split() == np.where(chances[:, 1] > 0.25, "yes", "no").tolist()


def test_a_killed_run_goes_on_to_the_same_weights(folder):
    given = ("train", folder / "t.csv", "--target", "price", "--features", "age,town,whole,paid",
             "--members", 3, "--epochs", 60, "--json", "--processes", 2)
    whole = json.loads(run(*given)[1].splitlines()[-1])["weights_sha256"]
    kept = ("--checkpoint", folder / "run.checkpoint", "--checkpoint-every", 1)
    process = start(*given, *kept)
    deadline = time.monotonic() + 60
    while not (folder / "run.checkpoint.2").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    code, _, _ = end(process, signal.SIGKILL, everybody=False)
    assert code == -signal.SIGKILL
    # The other number of processes changes no bit either.
    code, out, err = run(*given, *kept, "--resume", "auto", "--processes", 1)
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["weights_sha256"] == whole


REFUSED = {
    "cv and test": (("t.csv", "--target", "price", "--cv", 2, "--test", "t.csv"),
                    "--cv tests on parts of the table, --test on another one; give one"),
    "cv": (("t.csv", "--target", "price", "--cv", 1), "cv is 1"),
    "threshold": (("t.csv", "--target", "dear", "--threshold", "f7", *QUICK),
                  "threshold 'f7' is unknown; choose accuracy"),
    "threshold of many": (("t.csv", "--target", "stars", "--threshold", "f1", *QUICK),
                          "--threshold parts two classes"),
    "no target": (("t.csv",), "no target; --target names it, one of age, town"),
    "unknown target": (("t.csv", "--target", "cost"), "no column 'cost'; its columns are age"),
    "unknown column": (("t.csv", "--target", "price", "--ignore", "cost"), "no column 'cost'"),
    "constant": (("same.csv", "--target", "y"), "column 'y' holds 1 class, 1; 2 or more"),
    "missing": (("hole.csv", "--target", "y"), "hole.csv, line 3, column 'y' is empty"),
    "words as numbers": (("words.csv", "--target", "y", "--kind", "number"),
                         "words.csv, line 2, column 'y' holds 'a'; it must be a finite number"),
    "arrays": (("a.npz", "--preset", "tabular"), "a.npz holds arrays"),
    "preset": (("t.csv", "--preset", "best"), "preset 'best' is unknown; choose paper, deep-big"),
    "option": (("t.csv", "--preset", "tabular", "--solver", "sgd"),
               "solver.name is no option of --preset tabular"),
    "members": (("t.csv", "--target", "price", "--members", 0), "members is 0"),
    "folder": (("t.csv", "--target", "price", "--output", "no/such.safetensors"),
               "folder that does not exist"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_user_can_get_wrong(folder, case):
    (folder / "same.csv").write_text("x,y\n" + "1,1\n2,1\n" * 9)
    (folder / "hole.csv").write_text("x,y\n1,1\n2,\n3,0\n")
    (folder / "words.csv").write_text("x,y\n1,a\n2,b\n3,c\n")
    np.savez(folder / "a.npz", X=np.zeros((4, 2)), y=np.arange(4))
    arguments, said = REFUSED[case]
    assert said in refused(3, "train", *arguments, cwd=folder)
