"""Rows by the second of one worker, of two on two processes, of eight on two processes."""

from __future__ import annotations

import pytest

from bench.interleaved import take_turns
from bench.participants import EIGHT, OURS, TWO
from bench.workloads import WORKLOADS


@pytest.mark.parametrize("name", "acd", ids="work_{}".format)
def bench_scaling(name, benchmark, peers, keep, turns, quick):
    if quick and name != "a":
        pytest.skip("the quick mode takes one small network")
    record = take_turns(peers, benchmark, WORKLOADS[name], TWO, [OURS, EIGHT], turns(9), quick)
    keep(f"scaling {name}", topic="scaling", **record)
