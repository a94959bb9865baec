"""A vector that ranks add to and read by MPI's one-sided operations.

.. code-block:: text

    rank 0   part 0 of the vector  <---.     each rank holds a part in a window of MPI;
    rank 1   part 1                <---+--   whoever adds locks one part after the other,
    rank 2   part 2                <---'     and needs no call of its owner
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.mpi.abort import guarded_collective, wait_for_abort


class MPIWindow:
    """One rank's view of the vector; construction is collective.

    Parameters
    ----------
    mpi : module
        ``mpi4py.MPI``.
    comm : mpi4py.MPI.Comm
        Of all ranks.
    start : array (n,) of float32 or float64
        The vector at first.
    message_bytes : int
        Larger parts travel in pieces of at most this size.

    Notes
    -----
    The library answers requests for this rank's part while the rank is in some call of MPI;
    :meth:`answer` is one for a rank that computes.
    """

    def __init__(self, mpi: Any, comm: Any, start: NDArray[Any], message_bytes: int) -> None:
        self._mpi, self._comm = mpi, comm
        self._part = -(-start.size // comm.size)
        self._step = max(1, message_bytes // start.itemsize)
        self._size = start.size
        self._memory = start[self._part * comm.rank :][: self._part].copy()
        given = self._memory if self._memory.size else None
        self._window = mpi.Win.Create(given, start.itemsize, comm=comm)

    def add(self, change: NDArray[Any], values: NDArray[Any]) -> None:
        """MPI_Get_accumulate of every part; see :meth:`Window.add`."""
        self._accumulate(change, values, self._mpi.SUM)
        # It gives what was there before.
        values += change

    def read(self, values: NDArray[Any]) -> None:
        """MPI_Get_accumulate without an addition; see :meth:`Window.read`."""
        self._accumulate(np.zeros_like(values), values, self._mpi.NO_OP)

    def answer(self) -> None:
        """A look for messages, of which there are none; see :meth:`Window.answer`."""
        with self._guarded():
            self._comm.Iprobe(self._mpi.ANY_SOURCE, self._mpi.ANY_TAG)

    def close(self) -> None:
        """Free the window; see :meth:`Window.close`."""
        with self._guarded():
            self._window.Free()

    def _accumulate(self, change: NDArray[Any], values: NDArray[Any], operation: Any) -> None:
        ranks = self._comm.size
        with self._guarded():
            # Each begins with another one, so that not all ask rank 0 first.
            for turn in range(ranks):
                target = (self._comm.rank + turn) % ranks
                first = self._part * target
                stop = min(first + self._part, self._size)
                for at in range(first, stop, self._step):
                    piece = slice(at, min(at + self._step, stop))
                    self._window.Lock(target, self._mpi.LOCK_SHARED)
                    self._window.Get_accumulate(
                        change[piece], values[piece], target, at - first, op=operation
                    )
                    self._window.Unlock(target)

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with guarded_collective():
                yield
        except self._mpi.Exception:
            wait_for_abort()
            raise
