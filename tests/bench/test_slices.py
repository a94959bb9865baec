"""Sittings: what is done is known in the next one, what failed is tried again."""

from __future__ import annotations

import math
from pathlib import Path

from bench.slices import ROOT, Progress, collected, take

BENCH = """
def bench_good(benchmark, pytestconfig):
    benchmark(lambda: None)

def bench_bad(benchmark):
    raise ValueError("bad")
"""


def test_a_sitting_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    file, results = tmp_path / "bench_two.py", tmp_path / "day.json"
    file.write_text(BENCH)
    (tmp_path / "pytest.ini").write_text((ROOT / "bench" / "pytest.ini").read_text())
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--results')\n"
    )
    names = [f"{file}::bench_good", f"{file}::bench_bad"]
    first = Progress(results)
    assert first.left(names) == names
    assert take(names, first, results, 0.0) == []
    assert first.left(names) == names
    assert take(names, first, results, math.inf) == names[1:]
    second = Progress(results)
    assert second.left(names) == names[1:]
    assert second.left(names, "good") == names
    # What took longer than there is time for is not begun.
    assert take(names[:1], second, results, 1e-3) == []


def test_every_topic_is_collected() -> None:
    found = {name.partition("::")[0] for name in collected()}
    assert {path.name for path in (ROOT / "bench" / "topics").glob("bench_*.py")} == {
        Path(each).name for each in found
    }
