"""Detect a rank that exits while other ranks are blocked in a collective.

Each rank counts the collectives that it enters, in memory that the others can read by
MPI's one-sided communication even while it is blocked in one.  A rank that is about to
exit waits until all others are, too, and compares counts: a rank that has entered one
collective more waits for one that this rank will never enter.
"""

from __future__ import annotations

import array
import time
from typing import Any

POLL_SECONDS, LOOK_SECONDS = 0.005, 0.05


class Departure:
    """Counts of the collectives that each rank has entered; construction is collective.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        Of all ranks.
    """

    def __init__(self, comm: Any) -> None:
        from mpi4py import MPI

        self._comm, self._shared = comm, MPI.LOCK_SHARED
        self._count, self._seen = array.array("q", [0]), array.array("q", [0])
        self._window = MPI.Win.Create(self._count, self._count.itemsize, comm=comm)

    def enter(self) -> None:
        """Count a collective that this rank is about to enter."""
        self._count[0] += 1

    def wait_for_others(self) -> int | None:
        """Wait until all ranks are about to exit.

        Returns
        -------
        int or None
            A rank that is blocked in a collective that this one has not entered; None once
            all ranks are about to exit.
        """
        barrier, looked = self._comm.Ibarrier(), 0.0
        while not barrier.Test():
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
        # While that rank computes, the library answers only when it next makes an MPI call.
        self._window.Lock(rank, self._shared)
        self._window.Get(self._seen, rank)
        self._window.Unlock(rank)
        return self._seen[0]
