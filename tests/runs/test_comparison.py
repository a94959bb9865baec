"""Runs side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fastavg import ConfigError, DataError
from fastavg.runs.comparison import ListedRun, differing, find_runs, listed_run, ordered
from fastavg.runs.run_folder import RunFolder, create_run


def listed(name, accuracy=None, seconds=1.0, **options):
    figures = {} if accuracy is None else {"accuracy": accuracy, "log_loss": 1 - accuracy}
    return ListedRun(RunFolder(Path(name)), "finished", figures, seconds, options)


def written(path, last="tested", measured=True):
    folder = create_run(path)
    folder.config.write_text("seed = 3\n[solver]\nname = 'adam'\n")
    lines = [{"event": "run", "time": 10.0}, {"event": last, "time": 12.5}]
    folder.events.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    if measured:
        folder.metrics.write_text('{"schema": 1, "test": {"accuracy": 0.5}, "seconds": 2.0}')
    return folder


def test_runs_are_found_and_read(tmp_path):
    written(tmp_path / "b")
    written(tmp_path / "a", "failed", measured=False)
    written(tmp_path / "c", "round", measured=False)
    (tmp_path / "other").mkdir()
    found = find_runs([tmp_path])
    assert [each.path.name for each in found] == ["a", "b", "c"]
    assert find_runs([tmp_path / "b"]) == [RunFolder(tmp_path / "b")]
    states = [listed_run(each) for each in found]
    assert [each.state for each in states] == ["failed", "finished", "unfinished"]
    assert [each.seconds for each in states] == [2.5, 2.0, 2.5]
    assert states[1].options == {"seed": 3, "solver.name": "adam"}
    with pytest.raises(DataError, match="there is no run in"):
        find_runs([tmp_path / "other"])


def test_the_best_comes_first_and_unfinished_ones_last():
    runs = [listed("a", 0.5, 3.0), listed("b"), listed("c", 0.75, 2.0)]
    assert [each.folder.path.name for each in ordered(runs)] == ["c", "a", "b"]
    assert [each.folder.path.name for each in ordered(runs, "log_loss")] == ["c", "a", "b"]
    assert [each.folder.path.name for each in ordered(runs, "seconds")] == ["b", "c", "a"]
    assert [each.folder.path.name for each in ordered(runs, "name")] == ["a", "b", "c"]
    with pytest.raises(ConfigError, match="have no size; sort by name, seconds, accuracy"):
        ordered(runs, "size")


def test_only_what_differs_and_matters_is_named():
    one = listed("a", **{"seed": 0, "epochs": 5, "execution.processes": 2})
    two = listed("b", **{"seed": 1, "epochs": 5, "execution.processes": 1, "solver.name": "sgd"})
    assert differing([one, two]) == ["seed"]
