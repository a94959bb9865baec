"""First use: whole processes whose cache of compiled kernels is empty, start to end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

import pytest

from bench.peers.processes import ROOT

FIT = """
from sklearn.datasets import load_iris
from fastavg import MLPClassifier
MLPClassifier(random_state=0).fit(*load_iris(return_X_y=True))
"""
COMMANDS = {
    "MLPClassifier on iris": [sys.executable, "-W", "ignore", "-c", FIT],
    "fastavg train --workers 8": [
        sys.executable, "-m", "fastavg_cli", "train", "--workers", "8", "--epochs", "1", "--quiet",
    ],
}


def seconds_of(command: list[str], cache: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, "FASTAVG_CACHE_DIR": cache}, check=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
    )
    return time.perf_counter() - began


def bench_first_use(benchmark, keep, turns, quick):
    if quick:
        pytest.skip("compiling takes as long for few rows")
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}

    def each() -> None:
        for name, command in COMMANDS.items():
            with tempfile.TemporaryDirectory() as cache:
                taken[name].append(seconds_of(command, cache))

    benchmark.pedantic(each, rounds=turns(3))
    benchmark.extra_info.update({name: median(seconds) for name, seconds in taken.items()})
    keep("first use", topic="start-up", turns=taken)
