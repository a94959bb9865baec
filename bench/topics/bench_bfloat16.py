"""One core with bfloat16 products: an epoch by every library that can, beside its float32."""

from __future__ import annotations

import pytest

from bench.interleaved import take_turns
from bench.participants import BFLOAT16, GEMM, OURS, OURS_BFLOAT16
from bench.workloads import WORKLOADS
from fastavg.kernels.vectorized.target import multiplies_bfloat16

QUICK = ("a", "f")
LONG = 50e9


@pytest.mark.parametrize("name", WORKLOADS, ids="work_{}".format)
def bench_bfloat16(name, benchmark, peers, keep, turns, quick):
    if quick and name not in QUICK:
        pytest.skip("the quick mode takes small networks only")
    work = WORKLOADS[name]
    if not multiplies_bfloat16():
        why = "the processor has no instruction for it"
        keep(f"bfloat16 {name}", topic="bfloat16", work=name, turns={},
             missing={OURS_BFLOAT16: why})
        pytest.skip(why)
    usual = 5 if work.flops > LONG else 7
    others = [GEMM, OURS, "JAX", *BFLOAT16]
    record = take_turns(peers, benchmark, work, OURS_BFLOAT16, others, turns(usual), quick)
    first = record["loss"][OURS]
    for library, loss in record["loss"].items():
        # Not the same work, if it learns something else.
        assert 0.5 * first < loss < 2 * first, f"{library}'s first loss is {loss}, ours {first}"
    keep(f"bfloat16 {name}", topic="bfloat16", **record)
