"""Files of results: partial runs add up, the newest is found, the page is rewritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.participants import GEMM, OURS
from bench.report.__main__ import BEGIN, END, PAGE, lines, with_measured
from bench.report.records import machine, merge, newest
from bench.workloads import WORKLOADS


def one_core(seconds: float, at: str) -> dict:
    return {
        "work": "c", "title": "784", "flops": 3e9, "product_flops": 6e9, "at": at,
        "turns": {OURS: [seconds], GEMM: [0.05]}, "missing": {"JAX": "jax is not installed"},
    }


def test_partial_runs_add_up(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "day.json"
    merge(path, {"x": {"at": "1", "n": 1}, "y": {"at": "1", "n": 1}}, {"numpy": "2.0"})
    kept = merge(path, {"x": {"at": "2", "n": 2}}, {"jax": "0.9"})
    assert kept["measured"] == {"x": {"at": "2", "n": 2}, "y": {"at": "1", "n": 1}}
    assert kept["versions"] == {"numpy": "2.0", "jax": "0.9"}
    assert [each.name for each in path.parent.iterdir()] == ["day.json"]


def test_newest_is_by_what_it_holds(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    merge(tmp_path / "a.json", {"x": {"at": "2026-02-01"}}, {})
    merge(tmp_path / "b.json", {"x": {"at": "2026-01-01"}}, {})
    assert newest(tmp_path) == tmp_path / "a.json"


def test_page_is_rewritten_between_its_marks() -> None:
    once = with_measured(PAGE.read_text(), ["old"])
    again = with_measured(once, ["new"])
    assert "new" in again
    assert "old\n" not in again[again.index(BEGIN) : again.index(END)]
    assert again[: again.index(BEGIN)] == PAGE.read_text()[: PAGE.read_text().index(BEGIN)]
    with pytest.raises(ValueError, match="marks"):
        with_measured("no marks", [])


def test_page_names_machine_figures_and_who_is_missing() -> None:
    results = {
        "machine": machine(), "versions": {"numpy": "2.4"},
        "measured": {"one core c": one_core(0.1, "2026-01-01T00:00:00Z")},
    }
    text = "\n".join(lines(results, "day.json", []))
    assert machine()["processor"] in text
    assert "| (c) one core, share of the sgemm ceiling | 0.25 | ≥ 0.82 | not reached |" in text
    assert "- JAX: jax is not installed (one core c)" in text


def test_flops_are_the_textbooks() -> None:
    work = WORKLOADS["b"]
    products = 400 * 25 + 25 * 10
    assert work.flops == 3500 * (6 * products - 2 * 400 * 25)


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_work_has_a_short_last_batch_when_tiny(name: str) -> None:
    tiny = WORKLOADS[name].tiny()
    X, y = tiny.data()
    assert X.shape == (tiny.rows, tiny.layer_sizes[0])
    assert len(y) == tiny.rows
    assert tiny.rows % tiny.batch == 1
