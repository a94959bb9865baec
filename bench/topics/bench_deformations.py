"""Deformations of 20 x 20 images on one core, and their share of a pass of training."""

from __future__ import annotations

import time

import numpy as np
import pytest

import fastavg
from bench.interleaved import alternate
from fastavg import Execution
from fastavg.data.deformations import Affine, Cutout, Digits, Elastic, Noise
from fastavg.datasets import load_digits5k

KINDS = (Affine(), Elastic(), Digits(), Noise(), Cutout())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__.lower())
def bench_images(kind, benchmark, keep, turns, quick):
    X = load_digits5k()[0][:: 500 if quick else 1]
    keys = np.random.default_rng(0).integers(0, 2**63, len(X)).astype(np.uint64)
    out = np.empty_like(X)

    def seconds(change) -> float:
        started = time.perf_counter()
        change(X, keys, out)
        return time.perf_counter() - started

    def copied(X, keys, out) -> None:
        out[:] = X

    seconds(kind.deform)
    taken = alternate(
        benchmark, lambda: seconds(kind.deform), {"copied": lambda: seconds(copied)}, turns(15),
        "deformed",
    )
    keep(f"{type(kind).__name__.lower()} images", topic="kernels", rows=len(X), turns=taken)


def bench_a_pass_with_deformed_digits(benchmark, keep, turns, quick):
    X, y = (array[:: 50 if quick else 1] for array in load_digits5k())
    network = fastavg.Network((400, 20, 10) if quick else (400, 1000, 500, 10), "relu")

    def seconds(augment) -> float:
        plan = fastavg.Plan(epochs=1, batch_size=64, augment=augment)
        started = time.perf_counter()
        fastavg.train(network, X, y, plan, execution=Execution(1))
        return time.perf_counter() - started

    seconds("digits"), seconds("none")
    taken = alternate(
        benchmark, lambda: seconds("digits"), {"undeformed": lambda: seconds("none")}, turns(5),
        "deformed",
    )
    keep("a pass with deformed digits", topic="kernels", rows=len(X), turns=taken)
