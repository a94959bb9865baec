"""The figures on the page of other libraries are those of the pages that measure them."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import DOCS

TEXT = (DOCS / "guide" / "comparison.md").read_text()
PERFORMANCE = (DOCS / "measured" / "performance.md").read_text()
TABLES = (DOCS / "measured" / "tables.md").read_text()
DROP_IN = (DOCS / "measured" / "drop-in.md").read_text()
WORKS = {
    "13-50-50-3, batch 16": "(i)", "784-256-128-10, batch 128": "(c)",
    "784-2500-2000-1500-1000-500-10, batch 256": "(e)",
    "geometric mean over nine networks": "geometric mean",
}
PEERS = ("JAX", "PyTorch eager", "scikit-learn")


def measured(work: str, peer: str) -> float:
    """The ratio in the table of goals."""
    place = f"{work} one core, {peer} / fastavg" if work[0] == "(" else (
        f"one core, {peer} / fastavg, {work}"
    )
    (found,) = re.findall(rf"^\| {re.escape(place)} \| ([\d.]+) \|", PERFORMANCE, re.MULTILINE)
    return float(found)


@pytest.mark.parametrize("shown", WORKS)
def test_ratios_are_the_measured_ones(shown: str) -> None:
    (cells,) = re.findall(rf"^\| {re.escape(shown)} \| (.*) \|$", TEXT, re.MULTILINE)
    assert [float(each) for each in cells.split(" | ")] == [
        measured(WORKS[shown], peer) for peer in PEERS
    ]


def test_the_date_is_that_of_the_measurement() -> None:
    (date,) = re.findall(r"Measured ([\d-]+),", PERFORMANCE)
    assert f"measured {date} with JAX" in TEXT


def row(method: str) -> list[str]:
    """A method's cells in the first table of the page of tables."""
    (cells,) = re.findall(rf"^\| {method} \| (.*) \|$", TABLES.split("##")[0], re.MULTILINE)
    return cells.split(" | ")


def test_tables_won_are_the_measured_ones() -> None:
    _, won, _, than_lightgbm, _, _, times = row("fastavg")
    assert f"lower than HistGradientBoosting's on {won.split()[0]}" in TEXT
    assert f"than LightGBM's on {than_lightgbm}" in TEXT
    assert f"in {float(times):.0f} times the time" in TEXT


def test_the_drop_in_takes_a_quarter_of_the_time() -> None:
    (faster,) = re.findall(r"([\d.]+) times faster in the geometric mean", DROP_IN)
    assert 3.5 < float(faster) < 4.5, "pages and README say a quarter, or four times"
