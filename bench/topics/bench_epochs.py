"""One core: an epoch of every work by every library, beside the sgemm ceiling."""

from __future__ import annotations

import pytest

from bench.interleaved import take_turns
from bench.participants import CEILINGS, ONE_CORE, OURS
from bench.workloads import WORKLOADS

QUICK = ("a", "b", "f")
LONG = 50e9


@pytest.mark.parametrize("name", WORKLOADS, ids="work_{}".format)
def bench_one_core(name, benchmark, peers, keep, turns, quick):
    if quick and name not in QUICK:
        pytest.skip("the quick mode takes small networks only")
    work = WORKLOADS[name]
    usual = 5 if work.flops > LONG else 7
    others = [*CEILINGS, *ONE_CORE]
    record = take_turns(peers, benchmark, work, OURS, others, turns(usual), quick)
    first = record["loss"][OURS]
    for library, loss in record["loss"].items():
        # Not the same work, if it learns something else.
        assert 0.5 * first < loss < 2 * first, f"{library}'s first loss is {loss}, ours {first}"
    keep(f"one core {name}", topic="one core", **record)
