"""The end of a rank: orderly to the last, for mpiexec kills all others if one is not."""

from __future__ import annotations

import pytest

from tests.communicators.mpiexec import PYTHON, run

# The first rank is gone long before the last one is.
PROGRAM = """
import sys, time
from mpi4py import MPI
from fastavg.communicators.mpi import abort
rank, release = MPI.COMM_WORLD.rank, abort.release_guardian
abort.coordinate_through(MPI.COMM_WORLD)
def release_late():
    time.sleep(0.7 * rank)
    sys.stdout.write(f"{rank}\\n")
    sys.stdout.flush()
    release()
abort.release_guardian = release_late
abort.end_rank(0)
"""


@pytest.mark.parametrize("size", [2, 3])
def test_a_rank_that_is_gone_early_ends_no_other(size):
    ended = run("-n", size, PYTHON, "-c", PROGRAM)
    assert (ended.code, ended.err) == (0, ""), ended.out
    assert sorted(ended.out.split()) == [str(rank) for rank in range(size)]
