"""The comparison of averaging rules: cells are measured once, and the page says what there is."""

from __future__ import annotations

import argparse
import json

import pytest

from bench.campaigns.averaging_page import best_of_rates, passes_to
from bench.campaigns.averaging_rules import WAYS, Cell, main, recorded, seconds


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """A record of the quick cells."""
    path = tmp_path_factory.mktemp("rules") / "cells.jsonl"
    main(["measure", "--quick", "--record", str(path)])
    return path


def test_every_way_has_a_plan():
    for way in WAYS:
        for solver in ("sgd", "adam"):
            plan = Cell("digits", solver, way, 4, 1).plan
            assert (plan.workers, plan.batch_size, plan.seed) == (4, 16, 1)


def test_a_finished_cell_is_not_measured_again(record):
    before = record.read_bytes()
    cells = [(line["way"], line["workers"], line["seed"]) for line in recorded(record)]
    assert cells == [("mean", 1, 0), ("mean", 2, 0), ("slowmo", 1, 0), ("slowmo", 2, 0)]
    main(["measure", "--quick", "--record", str(record)])
    assert record.read_bytes() == before


def test_a_line_that_was_broken_off_is_measured_again(record, tmp_path):
    lines = record.read_text().splitlines()
    path = tmp_path / "broken.jsonl"
    path.write_text("\n".join(lines[:3]) + "\n" + lines[3][:40])
    main(["measure", "--quick", "--record", str(path)])
    last = json.loads(path.read_text().splitlines()[-1])
    assert last["accuracy"] == json.loads(lines[3])["accuracy"]
    assert len(recorded(path)) == 4


def test_nothing_is_begun_after_the_budget(tmp_path, capsys):
    path = tmp_path / "none.jsonl"
    main(["measure", "--quick", "--budget", "0s", "--record", str(path)])
    assert not path.exists()
    assert "4 cells are left" in capsys.readouterr().err


def test_the_page_has_every_way_the_seeds_and_the_drawings(record, tmp_path):
    pytest.importorskip("matplotlib")
    page = tmp_path / "averaging.md"
    main(["write", "--record", str(record), "--page", str(page)])
    text = page.read_text()
    assert "4 runs, one seed: 0, on" in text
    for way in ("mean", "slowmo"):
        assert f"| {way} |" in text
    for name in ("accuracy", "costs"):
        drawing = tmp_path / f"averaging-digits-sgd-{name}.svg"
        assert f"]({drawing.name})" in text
        assert "slowmo" not in text.split("## ")[0]
        assert drawing.read_text().count("<path") > 10


def test_the_best_rate_of_each_number_of_workers_is_told():
    lines = [
        {"workers": workers, "way": "mean", "rate": rate, "accuracy": [value], "diverged": ""}
        for workers, rate, value in [(1, 1, 0.9), (1, 2, 0.91), (8, 1, 0.88), (8, 2, 0.905)]
    ]
    assert best_of_rates(lines)[-1] == "| 8 | mean | × 2 | 90.50 | 0.50 |"


def test_passes_and_durations():
    assert passes_to([0.5, 0.8, 0.9], 0.8) == 2
    assert passes_to([0.5], 0.8) == float("inf")
    assert (seconds("90s"), seconds("1.5h"), seconds("7")) == (90, 5400, 7)
    with pytest.raises(argparse.ArgumentTypeError, match="'8 days' is no duration"):
        seconds("8 days")
