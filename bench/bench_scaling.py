"""Rows by the second of one worker, of two on two processes, of eight on two processes."""

from __future__ import annotations

import pytest

from bench.roster import EIGHT, OURS, TWO
from bench.turns import take_turns
from bench.works import WORKS


@pytest.mark.parametrize("name", "acd", ids="work_{}".format)
def bench_scaling(name, benchmark, crew, keep, turns, quick):
    if quick and name != "a":
        pytest.skip("the quick mode takes one small network")
    record = take_turns(crew, benchmark, WORKS[name], TWO, [OURS, EIGHT], turns(9), quick)
    keep(f"scaling {name}", topic="scaling", **record)
