"""Ranks that are threads of one process: for tests, and as the shortest real example."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.contract import Operation
from fastavg.errors import RankMismatch


class ThreadedCommunicator:
    """One of several ranks that meet at a barrier and look at each other's buffers.

    Make all of them with :meth:`group`, and give each to its own thread.

    >>> import numpy as np, threading
    >>> buffers = [np.full(2, rank + 1.0) for rank in range(3)]
    >>> threads = [
    ...     threading.Thread(target=communicator.allreduce, args=(buffer,))
    ...     for communicator, buffer in zip(ThreadedCommunicator.group(3), buffers)
    ... ]
    >>> for thread in threads: thread.start()
    >>> for thread in threads: thread.join()
    >>> buffers[0]
    array([6., 6.])
    """

    def __init__(self, rank: int, table: list[NDArray[Any] | None], meeting: Meeting) -> None:
        self.rank = rank
        self.size = len(table)
        self._table = table
        self._meeting = meeting

    @classmethod
    def group(cls, size: int, timeout: float = 60.0) -> list[ThreadedCommunicator]:
        """All ranks of a new group; a rank that waits longer than ``timeout`` seconds gives up."""
        table: list[NDArray[Any] | None] = [None] * size
        meeting = Meeting(size, timeout)
        return [cls(rank, table, meeting) for rank in range(size)]

    def broadcast(self, buffer: NDArray[Any], root: int = 0) -> None:
        """Copy the root's buffer."""
        others = self._meet(buffer)
        if self.rank != root:
            buffer[:] = others[root]
        self._wait()

    def allreduce(self, buffer: NDArray[Any], operation: Operation = "sum") -> None:
        """Add (or compare) in rank order."""
        others = self._meet(buffer)
        combine = np.add if operation == "sum" else np.maximum
        result = others[0].copy()
        for other in others[1:]:
            combine(result, other, out=result)
        self._wait()
        buffer[:] = result
        self._wait()

    def alltoall(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Take this rank's part of every rank's buffer."""
        others = self._meet(send)
        for part, other in zip(np.split(receive, self.size), others, strict=True):
            part[:] = np.split(other, self.size)[self.rank]
        self._wait()

    def allgather(self, buffer: NDArray[Any]) -> None:
        """Take every other rank's own part."""
        others = self._meet(buffer)
        parts = np.split(buffer, self.size)
        for rank, other in enumerate(others):
            if rank != self.rank:
                parts[rank][:] = np.split(other, self.size)[rank]
        self._wait()

    def close(self) -> None:
        """Release ranks that still wait; they get a :class:`RankMismatch`."""
        self._meeting.leave()

    def _meet(self, buffer: NDArray[Any]) -> list[NDArray[Any]]:
        self._table[self.rank] = buffer
        self._wait()
        others = [other for other in self._table if other is not None]
        for rank, other in enumerate(others):
            if other.shape != buffer.shape or other.dtype != buffer.dtype:
                raise RankMismatch(
                    f"rank {rank} holds {other.dtype}{list(other.shape)} and rank {self.rank} "
                    f"{buffer.dtype}{list(buffer.shape)}; all ranks must hold the same"
                )
        return others

    def _wait(self) -> None:
        self._meeting.wait()


class Meeting:
    """A barrier that a rank may leave for good as soon as it is through.

    ``threading.Barrier.abort`` would also stop ranks that are through and have not
    woken up yet.
    """

    def __init__(self, size: int, timeout: float) -> None:
        self._size, self._timeout = size, timeout
        self._changed = threading.Condition()
        self._arrived = self._complete = 0
        self._left = False

    def wait(self) -> None:
        """Return once all ranks have come.

        Raises
        ------
        RankMismatch
            If one has left, or does not come in time.
        """
        with self._changed:
            meeting = self._complete
            self._arrived += 1
            if self._arrived == self._size:
                self._arrived, self._complete = 0, meeting + 1
                self._changed.notify_all()
            over = self._changed.wait_for(
                lambda: self._complete > meeting or self._left, self._timeout
            )
            if self._complete > meeting:
                return
            self._left = True
            self._changed.notify_all()
        raise RankMismatch(
            "another rank left before this collective was complete" if over
            else f"another rank did not come within {self._timeout:g} seconds"
        )

    def leave(self) -> None:
        """Never come again."""
        with self._changed:
            self._left = True
            self._changed.notify_all()
