"""Memory: 500 MB of rows trained by eight processes and by one; a fit on sparse rows."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from bench.probes.fit_memory import in_a_process
from bench.probes.footprint import while_training

COLUMNS = 1000
PROCESSES = (1, 8)


def bench_memory(benchmark, keep, quick, tmp_path):
    rows = 2_000 if quick else 125_000
    random = np.random.default_rng(0)
    X = random.standard_normal((rows, COLUMNS), dtype=np.float32)
    data = tmp_path / "rows.npz"
    np.savez(data, X=X, y=random.integers(0, 10, rows))
    data_bytes = X.nbytes
    del X
    found: dict[str, dict[str, float]] = {}

    def both() -> None:
        for processes in PROCESSES:
            found[str(processes)] = while_training([
                sys.executable, "-m", "fastavg_cli", "train", str(data), "--workers", "8",
                "--processes", str(processes), "--hidden", "64", "--epochs", "2",
                "--average-every", "0.02" if quick else "0.1",
                "--batch-size", "4" if quick else "32",
                "--scale", "none", "--test-size", "0", "--quiet",
            ])

    benchmark.pedantic(both, rounds=1)
    keep("memory", topic="memory", data_bytes=data_bytes,
         pss_bytes={name: sizes["training"] for name, sizes in found.items()},
         peak_bytes={name: sizes["peak"] for name, sizes in found.items()},
         extra_bytes=found["8"]["training"] - found["1"]["training"])


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("library", ["fastavg", "scikit-learn"])
def bench_sparse_memory(library, solver, benchmark, keep, quick):
    if quick and (library, solver) != ("fastavg", "adam"):
        pytest.skip("one is enough to see that it runs")
    found: dict[str, int] = {}
    benchmark.pedantic(
        lambda: found.update(in_a_process(library, 0.002, 50, solver)), rounds=1
    )
    keep(f"memory of a sparse fit, {library}, {solver}", topic="memory", **found)
