"""Warming up compiles a part of the work, notes it, and leaves nothing to compile."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.timeout(500)
# Which kernels a process compiles itself, and which it finds compiled.
PROGRAM = """
import sys
from fastavg.kernels.warm_up import is_compiled, warm_up
from fastavg.kernels.network.train_steps import train_steps
before = is_compiled("float64")
warm_up("float64", "training")
stats = train_steps.stats
print(before, is_compiled("float64"), is_compiled("float32"), is_compiled("float64", "search"),
      sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_the_first_process_compiles_and_the_next_one_finds_it(tmp_path):
    def run():
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=400,
            check=True, env={**os.environ, "FASTAVG_CACHE_DIR": str(tmp_path)},
        )
        return done.stdout.split()

    assert run() == ["False", "True", "False", "False", "0", "1"]
    assert run() == ["True", "True", "False", "False", "1", "0"]


def test_an_unknown_part_is_an_error():
    from fastavg.kernels.warm_up import warm_up

    with pytest.raises(KeyError):
        warm_up("float32", "nonsense")
