"""Progress over the runs of an experiment."""

from __future__ import annotations

import re

from fastavg_cli.terminal import run_progress
from fastavg_cli.terminal.run_progress import RunProgress, run_record

from fastavg.experiments import Column, Measured, Protocol
from fastavg.experiments import Progress as Done

PROTOCOL = Protocol(splits=1, workers=(2,), epochs=(5, 10))
HALF = Done(Column("model", 2), 0, 3, 10, 5.0, 0.5, 0.25)


def test_a_log_has_a_line_now_and_then(capsys):
    shown = RunProgress(quiet=False)
    shown._shown = float("-inf")
    shown(HALF)
    shown(HALF)
    shown.close()
    (line,) = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"run 4/10  split 0  Parallel \(2\)  epoch 5  50%  \d+:\d\d left", line)


def test_the_time_left_counts_only_what_was_done_here(capsys, monkeypatch):
    shown = RunProgress(quiet=False)
    shown._began -= 60
    monkeypatch.setattr(run_progress, "PLAIN_SECONDS", 0.0)
    # A quarter of the work in a minute: two more for the half that is left.
    shown(HALF)
    shown(Done(Column("model", 2), 0, 3, 10, 5.0, 0.5, 0.0))
    first, second = capsys.readouterr().err.splitlines()
    assert re.search(r"2:0\d left$", first)
    assert second.endswith("? left")


def test_quiet_is_silent(capsys):
    shown = RunProgress(quiet=True)
    shown(HALF)
    shown.close()
    assert capsys.readouterr() == ("", "")


def test_a_record_has_the_figures_where_they_are_reported():
    run = Measured(
        "model-2", 1, 2, 1, epochs=[5.0, 10.0], accuracy=[0.5, 0.75], seconds=[1.0, 2.0],
        evaluations=99, weights_sha256="abc",
    )
    assert run_record(run, PROTOCOL) == {
        "event": "run", "column": "model-2", "split": 1, "workers": 2, "processes": 1,
        "evaluations": 99, "weights_sha256": "abc", "accuracy_5": 0.5, "seconds_5": 1.0,
        "accuracy_10": 0.75, "seconds_10": 2.0,
    }
