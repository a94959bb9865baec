"""The handshake: before the first weights travel, all ranks show that they mean the same run.

Collectives of buffers that differ in length or dtype end in wrong numbers without an
error, and other data or settings in a wrong result.  So each rank writes one number
for each field into its row of a table, zeros elsewhere; the sum of all tables shows
every rank everything.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.contract import Communicator
from fastavg.errors import RankMismatch

# Wide enough for every version's fields, so that two versions can still read each other.
WIDTH = 64
PIECE = 1 << 26


def agree(ours: dict[str, int], communicator: Communicator) -> None:
    """Return if all ranks have the same number for every field.

    Parameters
    ----------
    ours : dict of str to int
        This rank's number for every field, such as a hash of the data; at most ``WIDTH``.
    communicator : Communicator
        Connects the ranks; all of them call.

    Raises
    ------
    RankMismatch
        On every rank; names the rank that stands apart and the field.
    """
    table = np.zeros((communicator.size, WIDTH), np.int64)
    table[communicator.rank, : len(ours)] = list(ours.values())
    communicator.allreduce(table.reshape(-1))
    for field, column in zip(ours, table.T.tolist(), strict=False):
        usual, times = Counter(column).most_common(1)[0]
        if times < len(column):
            rank = next(rank for rank, value in enumerate(column) if value != usual)
            other = column.index(usual)
            raise RankMismatch(
                f"rank {rank} was started with another {field} than rank {other}; "
                "all ranks need the same", rank, field,
            )


def fingerprint(*arrays: NDArray[Any]) -> int:
    """A hash of several arrays, their shapes and dtypes.

    Parameters
    ----------
    *arrays : array
        Any shapes and dtypes.

    Returns
    -------
    int
        64 bits, signed.
    """
    parts = [(array.shape, array.dtype.str, fingerprint_of(array)) for array in arrays]
    return number_of(repr(parts))


def fingerprint_of(array: NDArray[Any]) -> int:
    """A hash of the bytes of an array.

    Parameters
    ----------
    array : array
        Any shape and dtype.

    Returns
    -------
    int
        64 bits, signed.
    """
    dense = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    parts = [_part(dense[at : at + PIECE]) for at in range(0, max(1, dense.size), PIECE)]
    return parts[0] if len(parts) == 1 else number_of(repr(parts))


def _part(dense: NDArray[np.uint8]) -> int:
    from fastavg.kernels.keyed.fingerprint import fold

    whole = dense.size // 8 * 8
    # Arrays in a mapped archive may begin anywhere.
    words = np.require(dense[:whole].view(np.uint64), requirements="A")
    return number_of(f"{fold(words)}:{dense[whole:].tobytes().hex()}:{dense.size}")


def number_of(text: str) -> int:
    """A hash of a text.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    int
        64 bits, signed.
    """
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
