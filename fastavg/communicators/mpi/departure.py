"""Who leaves while others wait for it: a rank that has ended cannot be waited for.

Each rank counts the collectives that it enters, in a word of memory that the others
can read by MPI's one-sided communication, also while it sits in one.  A rank that is
about to end stays until all others are, too, and looks at their counts: one that has
entered a collective more waits for what will never come.
"""

from __future__ import annotations

import array
import time
from typing import Any

POLL_SECONDS, LOOK_SECONDS = 0.005, 0.05


class Farewell:
    """One rank's count, and its look at the others'; made by all ranks together.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        All ranks.
    """

    def __init__(self, comm: Any) -> None:
        from mpi4py import MPI

        self._comm, self._shared = comm, MPI.LOCK_SHARED
        self._count, self._seen = array.array("q", [0]), array.array("q", [0])
        self._window = MPI.Win.Create(self._count, self._count.itemsize, comm=comm)

    def enter(self) -> None:
        """This rank is about to take part in a collective."""
        self._count[0] += 1

    def part(self) -> int | None:
        """None once all ranks are about to end; or a rank that waits for this one."""
        together, looked = self._comm.Ibarrier(), 0.0
        while not together.Test():
            if time.monotonic() - looked > LOOK_SECONDS:
                for rank in range(self._comm.size):
                    if self._count_of(rank) > self._count[0]:
                        return rank
                looked = time.monotonic()
            time.sleep(POLL_SECONDS)
        self._window.Free()
        return None

    def _count_of(self, rank: int) -> int:
        if rank == self._comm.rank:
            return self._count[0]
        # While that rank computes this takes as long as it does.
        self._window.Lock(rank, self._shared)
        self._window.Get(self._seen, rank)
        self._window.Unlock(rank)
        return self._seen[0]
