"""The pictures of the landing page come from what is recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import DOCS, ROOT
from tests.test_floors import FLOORS

PICTURES = DOCS / "pictures"


def test_the_panels_are_drawn(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, PICTURES / "draw.py", tmp_path], check=True, timeout=60, cwd=ROOT,
    )
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn == {
        f"{panel}-{ground}.svg" for panel in ("accuracy", "speed") for ground in ("light", "dark")
    }
    assert all((PICTURES / name).exists() for name in drawn)


def test_accuracy_was_measured_for_all_workers() -> None:
    record = json.loads((PICTURES / "accuracy.json").read_text())
    assert list(record["accuracy"]) == ["1", "2", "4", "8"]
    lengths = {len(values) for values in record["accuracy"].values()}
    assert len(lengths) == 1
    assert all(0.5 < value < 1 for values in record["accuracy"].values() for value in values)
    assert {len(record["shared"]["accuracy"])} == lengths


def test_the_landing_page_says_what_the_panel_shows() -> None:
    record = json.loads((PICTURES / "accuracy.json").read_text())
    last = {workers: values[-1] for workers, values in record["accuracy"].items()}
    text = " ".join((DOCS / "index.md").read_text().split())
    assert f"here {100 * (last['1'] - last['8']):.1f} points with eight" in text
    shared = 100 * (last["1"] - record["shared"]["accuracy"][-1])
    assert f"lose {shared:.1f} (dashed" in text


def test_the_terminal_shows_a_run() -> None:
    text = (PICTURES / "terminal.svg").read_text().replace("&#160;", " ")
    for word in ("fastavg train --workers 8", "test accuracy", "workers", "speed"):
        assert word in text


def test_the_drawn_floors_are_those_of_the_imports() -> None:
    drawn = (DOCS / "inside" / "floors.html").read_text().split("<li>")[1:]
    assert len(drawn) == len(FLOORS)
    for floor, text in zip(reversed(FLOORS), drawn, strict=True):
        for package in floor:
            name = {"fastavg_cli": "cli"}.get(package, package)
            if name in ("errors", "randomness", "version"):
                assert name in text
            else:
                assert f"{name}/" in text, (package, text)
