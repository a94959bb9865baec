"""Run folders with damaged, missing and newer files: a sentence and an exit code each."""

from __future__ import annotations

import json
import shutil

import pytest
from fastavg_cli.app import app
from fastavg_cli.process.exits import run as run_here

from fastavg.models.tensor_file import pack, read
from fastavg.runs.run_folder import RunFolder
from tests.reports.runs import plain_folder, table_folder

FILES = (
    "config.toml", "columns.toml", "events.jsonl", "history.csv", "metrics.json",
    "model.safetensors", "predictions.csv",
)
# A report is made from the data; it does not need these, or says less without them.
DISPENSABLE = {"predictions.csv", "history.csv"}
# A last line without an end is one that is still being written.
WHOLE = {("events.jsonl", "half")}
DAMAGES = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "noise": lambda path: path.write_bytes(b"\xff\x00}{,\n" * 40),
    "other": lambda path: path.write_text("{}\n"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("damaged")
    return {"plain": plain_folder(place), "table": table_folder(place, "dear")}


@pytest.fixture
def copy(made, tmp_path):
    def copied(kind):
        shutil.copytree(made[kind].path, tmp_path / "run")
        return RunFolder(tmp_path / "run")

    return copied


def said(capfd, *arguments):
    """Exit code and standard error of the command, in this process."""
    capfd.readouterr()
    code = run_here(app, [str(each) for each in arguments])
    return code, capfd.readouterr().err


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["plain", "table"])
def test_a_damaged_folder_is_one_sentence(kind, name, damage, copy, capfd):
    folder = copy(kind)
    path = folder.path / name
    if not path.exists():
        assert (kind, name) == ("plain", "columns.toml")
        return
    DAMAGES[damage](path)
    for command in ("report", "runs"):
        code, err = said(capfd, command, folder.path)
        if code == 0:
            assert command == "runs" or name in DISPENSABLE or (name, damage) in WHOLE
            continue
        assert code == 3, err
        assert err.startswith("fastavg: ")
        assert err.count("\n") == 1
        assert str(folder.path) in err
    if name in ("config.toml", "columns.toml") and damage != "missing":
        code, err = said(capfd, "train", "--config", folder.config, "--print-config")
        assert code in (0, 2, 3), err
        assert err.count("\n") <= 1


def test_a_run_that_is_not_finished_has_no_report(copy, capfd):
    folder = copy("plain")
    folder.metrics.unlink()
    code, err = said(capfd, "report", folder.path)
    assert (code, err) == (
        3, f"fastavg: {folder.path} holds a run that is not finished: it has no metrics.json\n"
    )
    # It is listed all the same.
    assert said(capfd, "runs", folder.path)[0] == 0


@pytest.mark.parametrize("name", ["events.jsonl", "metrics.json"])
def test_a_folder_of_a_newer_version_is_named(copy, name, capfd):
    folder = copy("plain")
    path = folder.path / name
    text = path.read_text()
    assert '"schema": 1' in text
    path.write_text(text.replace('"schema": 1', '"schema": 2'))
    code, err = said(capfd, "report", folder.path)
    assert code == 3
    assert "schema 2, of a newer fastavg; this one reads schema 1" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("kind", ["plain", "table"])
@pytest.mark.parametrize("command", ["report", "inspect", "evaluate", "export"])
def test_a_model_of_a_newer_version_is_named(kind, command, copy, made, capfd, tmp_path):
    folder = copy(kind)
    tensors, meaning = read(folder.model)
    meaning = {**meaning, "format": 99, "fastavg": "9.0"}
    folder.model.write_bytes(pack(tensors, meaning))
    data = tmp_path / "none.csv"
    shutil.copy(made[kind].path.parent / ("d.npz" if kind == "plain" else "dear.csv"), data)
    more = {
        "report": (folder.path,), "inspect": (folder.model,), "evaluate": (folder.model, data),
        "export": (folder.model, "--to", "c"),
    }[command]
    code, err = said(capfd, command, *more)
    assert code == 3, err
    assert "format 99 of fastavg 9.0; this one reads format" in err
    assert err.count("\n") == 1


def test_a_damaged_line_of_events_does_not_stop_the_live_page(copy):
    from fastavg.reports.live_server import events_from

    folder = copy("plain")
    whole, _ = events_from(folder, 0)
    with folder.events.open("a") as file:
        file.write('nonsense\n{"no": "event"}\n[1]\n')
        file.write(json.dumps({"event": "tested", "schema": 1, "time": 1}) + "\n")
    found, _ = events_from(folder, 0)
    assert found == [*whole, {"event": "tested", "schema": 1, "time": 1}]
