"""``fastavg train --run`` and ``fastavg runs``, from a data file to the list."""

from __future__ import annotations

import tomllib

import pandas as pd
import pytest

import fastavg
from fastavg.runs.run_folder import RunFolder
from tests.cli.commands.models import numbers
from tests.cli.in_process import refused, run
from tests.cli.shell import records


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    numbers(90).assign(name=[f"n{at}" for at in range(90)]).to_csv(folder / "t.csv", index=False)
    return folder


TABLE = ("train", "t.csv", "--target", "kind", "--effort", "fast", "--epochs", 3, "--id", "name")
PLAIN = ("train", "--workers", 2, "--hidden", "6", "--epochs", 1, "--quiet", "--json")


@pytest.fixture(scope="module")
def table_run(folder):
    code, out, err = run(*TABLE, "--run", "out/table", "--json", cwd=folder)
    assert code == 0, err
    return RunFolder(folder / "out" / "table"), records(out)[-1]


@pytest.fixture(scope="module")
def plain_run(folder):
    code, out, err = run(*PLAIN, "--run", "out/plain", cwd=folder)
    assert code == 0, err
    return RunFolder(folder / "out" / "plain"), records(out)[-1]


def test_a_table_is_kept_whole(table_run):
    made, last = table_run
    assert sorted(each.name for each in made.path.iterdir()) == [
        "columns.toml", "config.toml", "events.jsonl", "history.csv", "metrics.json",
        "model.safetensors", "predictions.csv",
    ]
    measured = made.measured()
    assert measured["test"]["accuracy"] == last["accuracy"]
    assert measured["weights_sha256"] == last["weights_sha256"]
    assert last["run"] == "out/table"
    frame, model = pd.read_csv(made.predictions), fastavg.load(made.model)
    assert list(frame) == ["id", "target", "prediction", "p_long", "p_short"]
    asked = numbers(90).iloc[[int(each[1:]) for each in frame["id"]]]
    assert model.predict(asked).tolist() == frame["prediction"].tolist()
    assert asked["kind"].tolist() == frame["target"].tolist()
    assert (frame["prediction"] == frame["target"]).mean() == last["accuracy"]
    first, *_, tested = made.happened()
    assert (first["event"], first["target"], first["rows"]) == ("run", "kind", 63)
    assert first["command"].startswith("fastavg train t.csv --target kind")
    assert tested["event"] == "tested"


def test_a_plain_network_is_kept_whole(plain_run):
    made, last = plain_run
    assert {each.name for each in made.path.iterdir()} == {
        "checkpoint", "config.toml", "events.jsonl", "history.csv", "metrics.json",
        "model.safetensors", "predictions.csv",
    }
    assert made.measured()["test"]["accuracy"] == last["accuracy"]
    assert len(pd.read_csv(made.history)) == last["rounds"]
    assert "checkpoint" not in made.options()["execution"]


@pytest.mark.parametrize("kind", ["table", "plain"])
def test_the_kept_options_make_the_same_weights_from_another_folder(
    kind, table_run, plain_run, tmp_path
):
    made, last = table_run if kind == "table" else plain_run
    code, out, err = run("train", "--config", made.config, "--json", "--quiet", cwd=tmp_path)
    assert code == 0, err
    assert records(out)[-1]["weights_sha256"] == last["weights_sha256"]


def test_runs_are_numbered_listed_and_compared(folder, table_run, plain_run):
    code, out, err = run(*PLAIN, "--run", "out/plain", "--seed", 5, cwd=folder)
    assert code == 0, err
    assert records(out)[-1]["run"] == "out/plain-2"
    code, out, err = run("runs", "out/plain", "out/plain-2", cwd=folder)
    assert code == 0, err
    head, *lines = [line.split() for line in out.splitlines()]
    assert head == ["run", "state", "accuracy", "log_loss", "seconds", "seed"]
    assert {(line[0], line[-1]) for line in lines} == {("plain", "0"), ("plain-2", "5")}
    code, out, _ = run("runs", "out", "--sort", "name", "--json", cwd=folder)
    assert [each["run"] for each in records(out)] == ["out/plain", "out/plain-2", "out/table"]


def test_a_run_goes_on_in_its_folder(folder, plain_run):
    made, last = plain_run
    code, out, err = run(*PLAIN, "--run", made.path, "--resume", "auto", cwd=folder)
    assert code == 0, err
    assert records(out)[-1]["weights_sha256"] == last["weights_sha256"]
    assert records(out)[-1]["run"] == str(made.path)


def test_a_run_that_is_refused_leaves_no_folder(folder):
    assert "no column 'price'" in refused(
        3, "train", "t.csv", "--target", "price", "--run", "refused", cwd=folder
    )
    assert not (folder / "refused").exists()
    err = refused(3, *TABLE, "--run", "t.csv/run", cwd=folder)
    assert "t.csv" in err
    assert "is a file" in err


def test_runs_that_are_not_there_and_a_wrong_sort(folder, plain_run):
    assert "there is no run in nothing" in refused(3, "runs", "nothing", cwd=folder)
    assert "runs have no size" in refused(3, "runs", "out", "--sort", "size", cwd=folder)


def test_a_damaged_run_is_named(folder, tmp_path):
    (tmp_path / "events.jsonl").write_text('{"schema": 1, "event": "run", "time": 1}\nnothing\n')
    assert "events.jsonl, line 2, is damaged" in refused(3, "runs", tmp_path)


def test_the_printed_options_are_toml(table_run):
    assert tomllib.loads(table_run[0].columns.read_text())["column"][0]["name"] == "length"
