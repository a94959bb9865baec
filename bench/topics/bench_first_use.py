"""First use: whole processes whose cache of compiled kernels is empty, start to end."""

from __future__ import annotations

from statistics import median

import pytest

from bench.probes.first_use import PROGRAMS, first_use

NAMES = {"MLPClassifier on iris": "iris", "fastavg train --workers 8": "fastavg train --workers 8"}


def bench_first_use(benchmark, keep, turns, quick):
    if quick:
        pytest.skip("compiling takes as long for few rows")
    taken: dict[str, list[float]] = {name: [] for name in NAMES}

    def each() -> None:
        for name, program in NAMES.items():
            taken[name].append(first_use(PROGRAMS[program]).seconds)

    benchmark.pedantic(each, rounds=turns(3))
    benchmark.extra_info.update({name: median(seconds) for name, seconds in taken.items()})
    keep("first use", topic="start-up", turns=taken)
