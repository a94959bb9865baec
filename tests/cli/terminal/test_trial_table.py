"""Lines for trials, and the best options."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from fastavg_cli.terminal.trial_table import TrialTable, result_lines, trial_line

from fastavg.tuning.search import Tuned
from fastavg.tuning.trial import Outcome

BEST = Outcome(1, "finished", 0.9412345, {"network.hidden": [64, 32], "batch_size": 16}, 0.25)
WORSE = Outcome(2, "pruned", math.nan, {"network.hidden": [8], "batch_size": 8}, 0.5)
TUNED = Tuned(BEST, {}, [BEST, WORSE], {}, Path("a b/best.toml"))


def test_a_line_for_each_trial():
    assert trial_line(BEST, BEST, "accuracy") == (
        "trial 1  accuracy 0.94123  best 0.94123 (trial 1)  0.2 s  hidden=64,32  batch_size=16"
    )
    assert trial_line(WORSE, None, "accuracy").startswith("trial 2  pruned  0.5 s")


def test_the_result_names_the_options_and_what_matters():
    assert result_lines(TUNED, "accuracy") == [
        "accuracy                0.94123  (held-out rows, trial 1)",
        "trials                  2  (1 finished)",
        "network.hidden          64,32",
        "batch_size              16",
        "to train with them      fastavg train --config 'a b/best.toml'",
    ]
    known = Tuned(BEST, {}, [BEST], {"batch_size": 0.75, "network.hidden": 0.25}, TUNED.path)
    assert result_lines(known, "accuracy")[2:4] == [
        "batch_size              16  (75% of the differences)",
        "network.hidden          64,32  (25% of the differences)",
    ]


@pytest.mark.parametrize("quiet", [False, True])
def test_json_and_quiet(quiet, capsys):
    shown = TrialTable("accuracy", json=False, quiet=quiet)
    shown.trial(BEST, BEST)
    assert (capsys.readouterr().err == "") is quiet
    shown = TrialTable("accuracy", json=True, quiet=quiet)
    shown.trial(WORSE, BEST)
    shown.end(TUNED)
    trial, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert (trial["event"], trial["score"], last["event"]) == ("trial", None, "tuned")
