"""Start-up: a team of eight, a fit of many rows, the command line; each in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from bench.interleaved import alternate
from bench.peers.processes import ROOT

COMMAND = [sys.executable, "-m", "fastavg_cli"]


def run(*command: str) -> tuple[float, str]:
    """Seconds and output of a command that succeeds."""
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - started, done.stdout


def bench_team(benchmark, keep, turns):
    parts = {"imports": [], "kernels": [], "team": []}

    def start() -> None:
        said = json.loads(run(sys.executable, "-m", "bench.probes.team_start", "8")[1])
        for name, seconds in parts.items():
            seconds.append(said[name])

    # The first start may compile.
    run(sys.executable, "-m", "bench.probes.team_start", "2")
    benchmark.pedantic(start, rounds=turns(5))
    keep("team", topic="start-up", processes=8, turns=parts)


def bench_command(benchmark, keep, turns):
    train = [*COMMAND, "train", "--workers", "8", "--epochs", "1", "--quiet"]
    run(*train)
    taken = alternate(
        benchmark, lambda: run(*train)[0],
        {"fastavg --help": lambda: run(*COMMAND, "--help")[0],
         "import numpy, numba": lambda: run(sys.executable, "-c", "import numpy, numba")[0]},
        turns(5), "fastavg train",
    )
    keep("command", topic="start-up", turns=taken)


def bench_many_rows(benchmark, keep, turns, quick):
    parts: dict[str, list[float]] = {"first": [], "again": []}
    rows = "1000" if quick else "1000000"

    def fit() -> None:
        said = json.loads(run(sys.executable, "-m", "bench.probes.many_rows", rows)[1])
        for name, seconds in parts.items():
            seconds.append(said[name])

    # The first process may compile.
    run(sys.executable, "-m", "bench.probes.many_rows", "1000")
    benchmark.pedantic(fit, rounds=turns(3))
    keep("many rows", topic="start-up", turns=parts)
