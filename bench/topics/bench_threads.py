"""All cores: libraries with all their threads, fastavg with a worker for each of two cores."""

from __future__ import annotations

import pytest

from bench.interleaved import take_turns
from bench.participants import ALL_CORES, TWO
from bench.workloads import WORKLOADS


@pytest.mark.parametrize("name", "abcdef", ids="work_{}".format)
def bench_all_cores(name, benchmark, peers, keep, turns, quick):
    if quick and name != "b":
        pytest.skip("the quick mode takes one small network")
    usual = 3 if WORKLOADS[name].flops > 50e9 else 5
    record = take_turns(peers, benchmark, WORKLOADS[name], TWO, ALL_CORES, turns(usual), quick)
    keep(f"all cores {name}", topic="all cores", **record)
