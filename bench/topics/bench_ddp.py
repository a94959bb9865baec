"""Two processes: PyTorch's DistributedDataParallel over gloo, and two workers of fastavg."""

from __future__ import annotations

import pytest

from bench.interleaved import take_turns
from bench.participants import TWO
from bench.workloads import WORKLOADS


@pytest.mark.parametrize("name", "acd", ids="work_{}".format)
def bench_ddp(name, benchmark, peers, keep, turns, quick):
    if quick and name != "a":
        pytest.skip("the quick mode takes one small network")
    record = take_turns(peers, benchmark, WORKLOADS[name], TWO, ["PyTorch DDP"], turns(5), quick)
    keep(f"ddp {name}", topic="ddp", **record)
