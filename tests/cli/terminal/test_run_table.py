"""Runs as lines."""

from __future__ import annotations

from pathlib import Path

from fastavg_cli.terminal.run_table import run_table

from fastavg.runs.comparison import ListedRun
from fastavg.runs.run_folder import RunFolder


def test_figures_and_differing_options_stand_under_each_other():
    runs = [
        ListedRun(
            RunFolder(Path("r/a")), "finished", {"accuracy": 0.96875, "baseline_accuracy": 0.1},
            12.34, {"seed": 0, "solver.name": "adam", "data.file": "/a" * 30},
        ),
        ListedRun(RunFolder(Path("r/long-name")), "failed", {}, 1.0, {"seed": 11}),
    ]
    lines = run_table(runs, ["seed", "solver.name", "data.file"])
    assert lines[0].split() == ["run", "state", "accuracy", "seconds", "seed", "name", "file"]
    assert lines[1].split()[:6] == ["a", "finished", "0.96875", "12.3", "0", "adam"]
    assert lines[1].split()[6].startswith("...")
    assert lines[2].split() == ["long-name", "failed", "1.0", "11", "-", "-"]
    assert lines[1].index("0.96875") + 7 == lines[0].index("accuracy") + 8
