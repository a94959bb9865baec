"""Inner kernels are found on disk by the next process, as code that can be linked alone."""

from __future__ import annotations

from pathlib import Path

from tests.promises.programs import python

# What is compiled for other kernels, then what Python calls.
PROGRAM = """
import numpy as np
from fastavg.kernels.jit.inner_library import InnerLibrary, library_of
from fastavg.kernels.network.packing import all_finite
def said():
    stats, (result,) = all_finite.stats, all_finite.overloads.values()
    return [sum(stats.cache_hits.values()), sum(stats.cache_misses.values()),
            isinstance(library_of(result), InnerLibrary)]
all_finite.compile_inner(np.zeros(3))
print(said(), all_finite(np.zeros(3)), said())
"""


def test_the_next_process_finds_both_forms(tmp_path):
    for first, then in (([0, 1, True], [0, 2, False]), ([1, 0, True], [2, 0, False])):
        ended = python(PROGRAM, FASTAVG_CACHE_DIR=str(tmp_path))
        assert (ended.code, ended.out) == (0, f"{first} True {then}\n"), ended.err
    names = sorted(path.name.split(".", 1)[1] for path in Path(tmp_path).rglob("*.kernel"))
    assert len(names) == 2
    assert sum(name.endswith(".inner.kernel") for name in names) == 1


# A kernel that is loaded links what is loaded, too.
LINK = """
import numpy as np
from fastavg.kernels.numerics import exponential
exponential.logistic.compile_inner(0.5)
print(exponential.logistic(0.0), sum(exponential._exp64.stats.cache_misses.values()))
"""


def test_what_was_loaded_can_be_linked(tmp_path):
    for misses in (1, 0):
        ended = python(LINK, FASTAVG_CACHE_DIR=str(tmp_path))
        assert (ended.code, ended.out) == (0, f"0.5 {misses}\n"), ended.err
        # The next process compiles the caller anew, around callees that it loads.
        for path in Path(tmp_path).rglob("*.logistic-*.kernel"):
            path.unlink()
