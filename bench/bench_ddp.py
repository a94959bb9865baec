"""Two processes: PyTorch's DistributedDataParallel over gloo, and two workers of fastavg."""

from __future__ import annotations

import pytest

from bench.roster import TWO
from bench.turns import take_turns
from bench.works import WORKS


@pytest.mark.parametrize("name", "acd", ids="work_{}".format)
def bench_ddp(name, benchmark, crew, keep, turns, quick):
    if quick and name != "a":
        pytest.skip("the quick mode takes one small network")
    record = take_turns(crew, benchmark, WORKS[name], TWO, ["PyTorch DDP"], turns(5), quick)
    keep(f"ddp {name}", topic="ddp", **record)
