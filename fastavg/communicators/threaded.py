"""Ranks that are threads of one process: for tests, and as the shortest real example."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.contract import Operation
from fastavg.errors import RankMismatch


class ThreadedCommunicator:
    """One of several ranks that are threads of one process.

    Make all of them with :meth:`group`, and give each to a thread of its own.

    Parameters
    ----------
    rank : int
        Number of this rank.
    table : list of array
        One place for each rank's buffer, shared by all ranks.
    meeting : Meeting
        The barrier that all ranks share.

    Examples
    --------
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
        """Make all ranks of a new group.

        Parameters
        ----------
        size : int
            Number of ranks.
        timeout : float, default 60
            Seconds that a rank waits for the others before it raises.

        Returns
        -------
        list of ThreadedCommunicator
            One for each rank.
        """
        table: list[NDArray[Any] | None] = [None] * size
        meeting = Meeting(size, timeout)
        return [cls(rank, table, meeting) for rank in range(size)]

    def broadcast(self, buffer: NDArray[Any], root: int = 0) -> None:
        """Copy the root's buffer; see :meth:`Communicator.broadcast`."""
        others = self._meet(buffer)
        if self.rank != root:
            buffer[:] = others[root]
        self._wait()

    def allreduce(self, buffer: NDArray[Any], operation: Operation = "sum") -> None:
        """Combine the buffers in rank order; see :meth:`Communicator.allreduce`."""
        others = self._meet(buffer)
        combine = np.add if operation == "sum" else np.maximum
        result = others[0].copy()
        for other in others[1:]:
            combine(result, other, out=result)
        self._wait()
        buffer[:] = result
        self._wait()

    def alltoall(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Copy this rank's part of every buffer; see :meth:`Exchanger.alltoall`."""
        others = self._meet(send)
        for part, other in zip(np.split(receive, self.size), others, strict=True):
            part[:] = np.split(other, self.size)[self.rank]
        self._wait()

    def allgather(self, buffer: NDArray[Any]) -> None:
        """Copy every other rank's part; see :meth:`Exchanger.allgather`."""
        others = self._meet(buffer)
        parts = np.split(buffer, self.size)
        for rank, other in enumerate(others):
            if rank != self.rank:
                parts[rank][:] = np.split(other, self.size)[rank]
        self._wait()

    def window(self, start: NDArray[Any]) -> ThreadedWindow:
        """One array of all threads, under a lock; see :meth:`OneSided.window`."""
        if self.rank == 0:
            self._meeting.vector = start.copy()
        self._wait()
        return ThreadedWindow(self, self._meeting)

    def close(self) -> None:
        """Leave the group; ranks that still wait raise :class:`RankMismatch`."""
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


class ThreadedWindow:
    """A vector in the memory of all threads.

    Parameters
    ----------
    communicator : ThreadedCommunicator
        Of this rank.
    meeting : Meeting
        Has the vector and its lock.
    """

    def __init__(self, communicator: ThreadedCommunicator, meeting: Meeting) -> None:
        assert meeting.vector is not None
        self._communicator, self._lock = communicator, meeting.lock
        self._vector = meeting.vector

    def add(self, change: NDArray[Any], values: NDArray[Any]) -> None:
        """Add and read under the lock; see :meth:`Window.add`."""
        with self._lock:
            self._vector += change
            values[:] = self._vector

    def read(self, values: NDArray[Any]) -> None:
        """Copy it; see :meth:`Window.read`."""
        with self._lock:
            values[:] = self._vector

    def answer(self) -> None:
        """No-op."""

    def close(self) -> None:
        """Wait for the others; see :meth:`Window.close`."""
        self._communicator.allreduce(np.zeros(1))


class Meeting:
    """A barrier that a rank may leave for good as soon as it has passed it.

    ``threading.Barrier.abort`` would also stop ranks that have passed and not woken up yet.

    Parameters
    ----------
    size : int
        Number of ranks.
    timeout : float
        Seconds that a rank waits for the others.

    Attributes
    ----------
    vector : array or None
        Of the ranks' window.
    lock : threading.Lock
        Held by whoever uses ``vector``.
    """

    def __init__(self, size: int, timeout: float) -> None:
        self.vector: NDArray[Any] | None = None
        self.lock = threading.Lock()
        self._size, self._timeout = size, timeout
        self._changed = threading.Condition()
        self._arrived = self._complete = 0
        self._left = False

    def wait(self) -> None:
        """Wait until all ranks have arrived.

        Raises
        ------
        RankMismatch
            If a rank has left, or does not arrive in time.
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
        """Leave the barrier for good."""
        with self._changed:
            self._left = True
            self._changed.notify_all()
