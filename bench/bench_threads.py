"""All cores: libraries with all their threads, fastavg with a worker for each of two cores."""

from __future__ import annotations

import pytest

from bench.roster import ALL_CORES, TWO
from bench.turns import take_turns
from bench.works import WORKS


@pytest.mark.parametrize("name", "abcdef", ids="work_{}".format)
def bench_all_cores(name, benchmark, crew, keep, turns, quick):
    if quick and name != "b":
        pytest.skip("the quick mode takes one small network")
    usual = 3 if WORKS[name].flops > 50e9 else 5
    record = take_turns(crew, benchmark, WORKS[name], TWO, ALL_CORES, turns(usual), quick)
    keep(f"all cores {name}", topic="all cores", **record)
