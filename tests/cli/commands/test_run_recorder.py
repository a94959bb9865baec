"""What keeps a run in its folder, and does nothing without one."""

from __future__ import annotations

import numpy as np
import pytest
from fastavg_cli.commands.results import Results
from fastavg_cli.commands.run_recorder import RunRecorder, open_recorder

from fastavg.runs.run_figures import answers_of
from tests.cli.terminal.events import MODEL


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_recorder(Results(None, False, True), first=True) as recorder:
        recorder.begin({"seed": 1}, {}, None, 0.0)
        recorder.end(MODEL, None, np.zeros(0), {"test": {}})
        assert (recorder.path, recorder.observers) == (None, [])
    # Of several ranks one writes.
    assert open_recorder(Results(None, False, True, run=tmp_path / "r"), first=False).path is None
    assert list(tmp_path.iterdir()) == []


def test_figures_that_are_not_finite_and_phases(tmp_path):
    results = Results(None, False, True, run=tmp_path / "r")
    X = np.zeros((2, 4))
    with open_recorder(results, first=True) as recorder:
        recorder.begin({"seed": 1}, {"task": "class"}, None, 0.0)
        recorder.phase("train")
        recorder.end(MODEL, answers_of(MODEL, X, np.array([0, 1])), np.arange(2), {
            "test": {"r2": float("nan")}, "seconds": 1.0,
        })
    measured = recorder.folder.measured()
    assert measured["test"] == {"r2": None}
    assert list(measured["phases"]) == ["read", "train", "test"]
    assert recorder.folder.options() == {"seed": 1}
    assert len(recorder.folder.predictions.read_text().splitlines()) == 3


def test_an_error_is_the_last_event(tmp_path):
    results = Results(None, False, True, run=tmp_path / "r")
    recorder = open_recorder(results, first=True)
    recorder.begin({}, {}, None, 0.0)
    with pytest.raises(ValueError, match="no"), recorder:
        raise ValueError("no")
    assert recorder.folder.happened()[-1]["reason"] == "no"
    assert isinstance(recorder, RunRecorder)
