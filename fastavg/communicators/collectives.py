"""What ranks do together, made of the few operations of a communicator."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from fastavg.communicators.contract import Communicator
from fastavg.errors import ConfigError, DataError, FastavgError


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


def broadcast(data: bytes | None, communicator: Communicator, root: int = 0) -> bytes:
    """Send bytes from one rank to all ranks.

    Parameters
    ----------
    data : bytes or None
        What to send; read on that rank only.
    communicator : Communicator
        Connects the ranks; all of them call.
    root : int, default 0
        The rank that sends; the same on all ranks.

    Returns
    -------
    bytes
        The root's bytes.
    """
    data = data if communicator.rank == root and data else b""
    length = np.array([len(data)], np.int64)
    communicator.broadcast(length, root)
    buffer = np.zeros(int(length[0]), np.uint8)
    if data:
        buffer[:] = np.frombuffer(data, np.uint8)
    if len(buffer):
        communicator.broadcast(buffer, root)
    return buffer.tobytes()


def gather_values(value: Any, communicator: Communicator) -> list[Any]:
    """Every rank's plain value, on every rank.

    Parameters
    ----------
    value : object
        What JSON can hold: numbers, text, None, lists and dictionaries of them.
    communicator : Communicator
        Connects the ranks; all of them call.

    Returns
    -------
    list
        The values, in rank order.
    """
    data = json.dumps(value).encode()
    lengths = np.zeros(communicator.size, np.int64)
    lengths[communicator.rank] = len(data)
    communicator.allreduce(lengths)
    gathered = []
    for root, length in enumerate(lengths.tolist()):
        buffer = np.zeros(length, np.uint8)
        if root == communicator.rank:
            buffer[:] = np.frombuffer(data, np.uint8)
        communicator.broadcast(buffer, root)
        gathered.append(json.loads(buffer.tobytes()))
    return gathered


@contextlib.contextmanager
def failing_together(communicator: Communicator) -> Iterator[None]:
    """Work of each rank alone, whose failure on one rank ends all of them with its words.

    Parameters
    ----------
    communicator : Communicator
        Connects the ranks; all of them pass through, and none of them calls it inside.

    Raises
    ------
    FastavgError, OSError
        Its own error on a rank that has failed; on the others :class:`DataError` or
        :class:`ConfigError` with the words of the first rank that has.
    """
    error: FastavgError | OSError | None = None
    try:
        yield
    except (FastavgError, OSError) as own:
        error = own
    if communicator.size > 1:
        words = None if error is None else [isinstance(error, ConfigError), str(error)]
        everyone = gather_values(words, communicator)
        for rank, found in enumerate(everyone):
            if found is not None and error is None:
                raised = ConfigError if found[0] else DataError
                raise raised(f"{found[1]} (on rank {rank})")
    if error is not None:
        raise error
