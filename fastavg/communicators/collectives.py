"""What ranks do together, made of the few operations of a communicator."""

from __future__ import annotations

import numpy as np

from fastavg.communicators.contract import Communicator


def workers_of(rank: int, size: int, workers: int) -> range:
    """The workers that a rank runs: consecutive ones, none if there are more ranks than workers.

    Parameters
    ----------
    rank : int
        0 to ``size - 1``.
    size : int
        Number of ranks.
    workers : int
        Number of workers of all ranks.

    Examples
    --------
    >>> [list(workers_of(rank, 3, 7)) for rank in range(3)]
    [[0, 1], [2, 3], [4, 5, 6]]
    """
    return range(workers * rank // size, workers * (rank + 1) // size)


def anybody(asks: bool, communicator: Communicator) -> bool:
    """Whether any rank asks for something; the answer is the same on all ranks.

    Parameters
    ----------
    asks : bool
        Whether this rank does.
    communicator : Communicator
        Connects the ranks; all of them call.
    """
    flag = np.array([asks], np.int64)
    communicator.allreduce(flag, "max")
    return bool(flag[0])


def broadcast(data: bytes | None, communicator: Communicator) -> bytes:
    """Send bytes from rank 0 to all ranks.

    Parameters
    ----------
    data : bytes or None
        What to send; read on rank 0 only.
    communicator : Communicator
        Connects the ranks; all of them call.

    Returns
    -------
    bytes
        Rank 0's bytes.
    """
    data = data if communicator.rank == 0 and data else b""
    length = np.array([len(data)], np.int64)
    communicator.broadcast(length)
    buffer = np.zeros(int(length[0]), np.uint8)
    if data:
        buffer[:] = np.frombuffer(data, np.uint8)
    if len(buffer):
        communicator.broadcast(buffer)
    return buffer.tobytes()
