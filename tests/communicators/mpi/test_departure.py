"""A rank on its way out waits for the others, and learns who is blocked without it."""

from __future__ import annotations

import pytest

from tests.communicators.mpiexec import PYTHON, run

PROGRAM = """
import sys
from mpi4py import MPI
from fastavg.communicators.mpi.departure import Departure
departure = Departure(MPI.COMM_WORLD)
for _ in range(3):
    departure.enter()
found = departure.wait_for_others()
# In one piece: lines of several ranks meet in one stream.
sys.stdout.write(f"{MPI.COMM_WORLD.rank} {found}\\n")
sys.stdout.flush()
"""
# The last rank enters a fourth collective, and waits in it for a rank that is leaving.
BLOCKED = """
import os, sys
from mpi4py import MPI
from fastavg.communicators.mpi.departure import Departure
comm = MPI.COMM_WORLD
departure = Departure(comm)
last = comm.rank == comm.size - 1
for _ in range(3 + last):
    departure.enter()
if last:
    comm.recv(source=0)
else:
    sys.stdout.write(f"{comm.rank} {departure.wait_for_others()}\\n")
    sys.stdout.flush()
    comm.Abort(0)
"""


@pytest.mark.parametrize("size", [1, 2, 4])
def test_ranks_that_entered_the_same_collectives_part_in_peace(size):
    ended = run("-n", size, PYTHON, "-c", PROGRAM)
    assert ended.code == 0
    assert sorted(ended.out.splitlines()) == [f"{rank} None" for rank in range(size)]


@pytest.mark.parametrize("size", [2, 3])
def test_a_rank_that_waits_in_one_collective_more_is_found(size):
    ended = run("-n", size, PYTHON, "-c", BLOCKED)
    assert f"0 {size - 1}" in ended.out.splitlines() or f"1 {size - 1}" in ended.out.splitlines()
