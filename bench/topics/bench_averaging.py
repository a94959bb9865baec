"""The average of eight slots of ten million weights, against a copy and numpy's mean."""

from __future__ import annotations

import time

import numpy as np

from bench.interleaved import alternate
from fastavg.averaging.reduction import Slots, combine
from fastavg.communicators import LocalCommunicator

WORKERS = 8


def bench_averaging(benchmark, keep, turns, quick):
    n = 10_000 if quick else 10_000_000
    memory = np.random.default_rng(0).standard_normal(WORKERS * n, dtype=np.float32)
    slots = Slots(memory, np.arange(WORKERS) * n)
    out, other = np.empty(n, np.float32), np.empty_like(memory)
    shares = [1 / WORKERS] * WORKERS

    def average() -> float:
        started = time.perf_counter()
        combine(slots, shares, out, LocalCommunicator())
        return time.perf_counter() - started

    def copy() -> float:
        started = time.perf_counter()
        np.copyto(other, memory)
        return time.perf_counter() - started

    def plain() -> float:
        started = time.perf_counter()
        np.mean(memory.reshape(WORKERS, n), axis=0, out=out)
        return time.perf_counter() - started

    for function in (copy, plain, average):
        function()
    taken = alternate(benchmark, average, {"copy": copy, "numpy mean": plain}, turns(15), "fastavg")
    assert np.allclose(out[:100], memory.reshape(WORKERS, n)[:, :100].mean(axis=0), atol=1e-6)
    touched = memory.nbytes + out.nbytes
    keep("averaging", topic="averaging", turns=taken, bytes={
        "fastavg": touched, "numpy mean": touched, "copy": 2 * memory.nbytes,
    })
