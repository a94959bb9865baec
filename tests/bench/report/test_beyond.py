"""The table of figures with their limits, from records."""

from __future__ import annotations

from bench.participants import OURS, OURS_BFLOAT16
from bench.report.beyond import beyond
from bench.report.targets import must_reach

MEASURED = {
    "bfloat16 c": {"work": "c", "turns": {OURS: [1.8, 2.0], OURS_BFLOAT16: [1.0, 1.0]}},
    "grid search": {"topic": "fits", "turns": {OURS: [1.0], "scikit-learn": [6.5]}},
    "first use": {"turns": {"MLPClassifier on iris": [7.0], "fastavg train --workers 8": [7.5]}},
    f"memory of a sparse fit, {OURS}, adam": {"peak": 12e6, "rows": 4e6, "weights": 8e6},
}


def test_each_figure_has_its_row_and_its_limit() -> None:
    rows = [line.split(" | ") for line in beyond(MEASURED) if line][2:]
    found = {row[0].removeprefix("| "): row[1] for row in rows}
    assert found[f"(c) {OURS} / {OURS_BFLOAT16}"] == "1.90"
    assert found[f"(c) JAX / {OURS_BFLOAT16}"].startswith("not measured")
    assert found["grid search: scikit-learn / fastavg"] == "6.5"
    assert found["empty cache: MLPClassifier on iris"] == "7.0 s"
    assert "1.00 times" in found[f"memory of a sparse fit, {OURS}, adam"]
    assert all(row[2].removesuffix(" |") for row in rows)
    assert beyond({}) == []


def test_goals_tell_what_was_reached() -> None:
    reached = {bar.figure: bar.reached for bar in must_reach(MEASURED)}
    assert reached[f"(c) one core, {OURS} / {OURS_BFLOAT16}"]
    assert reached["grid search, scikit-learn / fastavg"]
    assert not reached["empty cache: MLPClassifier on iris"]
    assert reached["empty cache: fastavg train --workers 8"]
    assert reached["memory of a sparse fit, adam, times rows and fitted weights"]
    assert reached["fit iris, scikit-learn / fastavg"] is None


def test_a_processor_without_bfloat16_misses_no_goal_of_it() -> None:
    why = "the processor has no instruction for it"
    made = {"bfloat16 c": {"work": "c", "turns": {}, "missing": {OURS_BFLOAT16: why}}}
    (bar,) = [each for each in must_reach(made) if each.figure.startswith("(c) one core, JAX, b")]
    assert (bar.reached, bar.why) == (None, why)
    assert beyond(made) == []
