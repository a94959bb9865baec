"""Ratios, shares and goals of the benchmarks, on made-up turns."""

from __future__ import annotations

import math

import pytest

from bench.participants import EIGHT, GEMM, OURS, TWO
from bench.report.ratios import geometric_mean, rate, share, times_faster
from bench.report.targets import SHAPES, Target, ceiling_share, must_reach, ratio, table


def record(**turns: list[float]) -> dict:
    return {"work": "c", "flops": 3e9, "product_flops": 6e9, "turns": turns, "missing": {}}


def test_turns_are_paired() -> None:
    # The machine is ten times slower in the last two turns; the ratio is 2 in all of them.
    ours = [1.0, 1.0, 1.0, 10.0, 10.0]
    assert times_faster([2.0, 2.0, 2.0, 20.0, 20.0], ours) == 2.0
    # One disturbed turn does not move the median.
    assert times_faster([2.0, 99.0, 2.0, 20.0, 20.0], ours) == 2.0


@pytest.mark.parametrize(("theirs", "ours"), [([1.0], [1.0, 2.0]), ([], [])])
def test_turns_that_do_not_pair_are_refused(theirs: list[float], ours: list[float]) -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        times_faster(theirs, ours)


def test_share_is_a_quotient_of_rates() -> None:
    # 3 GFLOP in 0.1 s are 30 GFLOP/s; 6 GFLOP in 0.05 s are 120.
    assert share(3e9, [0.1, 0.1], 6e9, [0.05, 0.05]) == pytest.approx(0.25)
    assert rate(3e9, [0.1]) == pytest.approx(30e9)


def test_share_of_the_ceiling_uses_the_works_flops() -> None:
    made = record(**{OURS: [0.1], GEMM: [0.05]})
    assert ceiling_share(made) == pytest.approx(0.25)
    assert ceiling_share(record(**{OURS: [0.1]})) is None


def test_geometric_mean() -> None:
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4.0)
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no ratios"):
        geometric_mean([])


def test_what_is_missing_says_why() -> None:
    made = record(**{OURS: [1.0]})
    made["missing"] = {"JAX": "jax is not installed"}
    assert ratio(made, "JAX", OURS) == (None, "jax is not installed")
    assert ratio(None, "JAX", OURS) == (None, "not run")
    lines = table(must_reach({"one core c": made}))
    assert any("jax is not installed" in line for line in lines)


def test_directions_of_the_goals() -> None:
    assert Target("x", 2.0, 1.9).reached is True
    assert Target("x", 1.8, 1.9).reached is False
    assert Target("x", 0.02, 0.01, at_least=False).reached is False
    assert Target("x", 0.005, 0.01, at_least=False).reached is True
    assert Target("x", None, 1.0).reached is None


def test_two_workers_in_half_the_time_are_twice_as_fast() -> None:
    made = record(**{OURS: [1.0], TWO: [0.5], EIGHT: [1.0]})
    found = {bar.figure: bar.value for bar in must_reach({"scaling c": made})}
    assert found["(c) rows/s of 2 workers on 2 processes / 1 worker"] == 2.0
    assert found["(c) rows/s of 8 workers on 2 processes / 2 workers"] == 0.5


def test_averaging_counts_bytes() -> None:
    made = {"turns": {"fastavg": [0.9], "copy": [1.6]}, "bytes": {"fastavg": 9.0, "copy": 16.0}}
    found = [bar.value for bar in must_reach({"averaging": made}) if "copy" in bar.figure]
    assert found == [pytest.approx(1.0)]


def test_nothing_measured_reaches_nothing() -> None:
    assert all(bar.reached is None and bar.why for bar in must_reach({}))
    assert all(math.isfinite(bar.bar) for bar in must_reach({}))


def test_a_mean_of_some_shapes_is_no_mean_of_all() -> None:
    made = {f"one core {name}": {**record(**{OURS: [1.0], "JAX": [2.0]}), "work": name}
            for name in SHAPES}
    label = "one core, JAX / fastavg, geometric mean"
    assert {bar.figure: bar.value for bar in must_reach(made)}[label] == pytest.approx(2.0)
    del made["one core b"]["turns"]["JAX"]
    assert {bar.figure: bar.value for bar in must_reach(made)}[label] is None
