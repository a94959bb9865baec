"""What ranks do together, made of the few operations of a communicator."""

from __future__ import annotations

import numpy as np

from fastavg.communicators.contract import Communicator


def workers_of(rank: int, size: int, workers: int) -> range:
    """The consecutive workers that a rank runs; none if there are more ranks than workers.

    >>> [list(workers_of(rank, 3, 7)) for rank in range(3)]
    [[0, 1], [2, 3], [4, 5, 6]]
    """
    return range(workers * rank // size, workers * (rank + 1) // size)


def anybody(asks: bool, communicator: Communicator) -> bool:
    """True on every rank if it is on any: all ranks stop together or not at all."""
    flag = np.array([asks], np.int64)
    communicator.allreduce(flag, "max")
    return bool(flag[0])


def broadcast(data: bytes | None, communicator: Communicator) -> bytes:
    """Rank 0's bytes, on every rank."""
    length = np.array([len(data or b"")], np.int64)
    communicator.broadcast(length)
    buffer = np.zeros(int(length[0]), np.uint8)
    if data:
        buffer[:] = np.frombuffer(data, np.uint8)
    if len(buffer):
        communicator.broadcast(buffer)
    return buffer.tobytes()
