"""The mean of all workers' slots, on this host and on all others.

Every way of getting there ends in the same bits, because every addition is exact
(:mod:`fastavg.kernels.means.exact`); they differ in the bytes and messages that they cost.
A network's weights pass through in blocks that stay in cache.

============  ====================================  ============================
way           what travels, for each weight         when
============  ====================================  ============================
slots         each worker's number to the weight's  few workers a rank
              owner, the mean back
partial sums  a float64 sum to the owner, the mean  more workers a rank
              back
allreduce     float64 sums, in two small messages   few weights for many ranks,
                                                    and plain communicators
============  ====================================  ============================

``fast`` is a plain allreduce in the weights' own dtype: fewer steps, but bits that
depend on the number of ranks.  ``int8`` and ``one-bit`` send a
quarter of the bytes and fewer (:mod:`fastavg.averaging.few_bits`,
:mod:`fastavg.averaging.error_feedback`).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.communicators import Communicator, Exchanger
from fastavg.communicators.collectives import workers_of

Vector = NDArray[np.floating]

REDUCTIONS = ("exact", "fast", "int8", "one-bit")
# Those that round what workers have changed.
ROUNDED = ("int8", "one-bit")
# Received bytes of a block; larger ones leave the cache, smaller ones pay for messages.
BLOCK_BYTES = 1 << 22


# A rank may be a thread.
_kept = threading.local()


class Slots(NamedTuple):
    """One vector of every local worker: the k-th begins at ``starts[k]`` of ``memory``.

    Parameters
    ----------
    memory : array (n,)
        Holds the vectors of all local workers.
    starts : array (workers,) of int64
        Where in ``memory`` each worker's vector begins.
    """

    memory: Vector
    starts: NDArray[np.int64]


def combine(
    slots: Slots, shares: Sequence[float], out: Vector, communicator: Communicator,
    reduction: str = "exact",
) -> None:
    """out <- the mean of all workers' slots, the same on every rank.

    Parameters
    ----------
    slots : Slots
        Of this rank's workers.
    shares : sequence of float
        Every worker's part of the mean, of all ranks, in worker order; they add up to 1.
    out : array (n_weights,)
        Receives the mean.
    communicator : Communicator
        Between ranks.
    reduction : str
        ``exact``: the same bits however the workers are spread over ranks;
        ``fast``: an allreduce in the dtype of ``out``.
    """
    from fastavg.kernels.means.exact import mean

    parts = np.asarray(shares, np.float64)
    if communicator.size == 1:
        if len(parts) == 1:
            # Itself, with the zeros without a sign that a sum has.
            start = slots.starts[0]
            np.add(slots.memory[start : start + out.size], 0.0, out=out)
        else:
            mean(*slots, parts, out)
        return
    mine = workers_of(communicator.rank, communicator.size, len(parts))
    local = parts[mine.start : mine.stop]
    if reduction == "fast":
        _plain(slots, local, out, communicator)
        return
    done = 0
    if isinstance(communicator, Exchanger):
        deepest = -(-len(parts) // communicator.size)
        if deepest * out.itemsize <= 8:
            done = _exchange_slots(slots, parts, out, communicator)
        else:
            done = _exchange_sums(slots, local, out, communicator)
    _allreduce_sums(Slots(slots.memory, slots.starts + done), local, out[done:], communicator)


def combine_members(
    slots: Slots, shares: Vector, out: Vector, communicator: Communicator | None
) -> None:
    """out <- the mean of some workers' slots, which any ranks have; the same on every rank.

    Parameters
    ----------
    slots : Slots
        Of those of this rank's workers that take part, perhaps of none.
    shares : array of float64
        Their parts of the mean; those of all ranks add up to 1.
    out : array (n_weights,)
        Receives the mean.
    communicator : Communicator or None
        Between ranks, all of which call; None if this rank has all the slots.
    """
    from fastavg.kernels.means.exact import mean

    if communicator is None:
        mean(*slots, shares, out)
    else:
        _allreduce_sums(slots, shares, out, communicator)


def _plain(slots: Slots, shares: Vector, out: Vector, communicator: Communicator) -> None:
    from fastavg.kernels.means.fast import plain_mean

    step = BLOCK_BYTES // (2 * out.itemsize)
    for at in range(0, out.size, step):
        block = out[at : at + step]
        plain_mean(slots.memory, slots.starts + at, shares, block)
        communicator.allreduce(block)


def _allreduce_sums(
    slots: Slots, shares: Vector, out: Vector, communicator: Communicator
) -> None:
    for at in range(0, out.size, BLOCK_BYTES // 8):
        block = out[at : at + BLOCK_BYTES // 8]
        here = Slots(slots.memory, slots.starts + at)
        total = _partial_sums(here, shares, block.size, communicator)
        communicator.allreduce(total)
        block[:] = total


def _partial_sums(
    slots: Slots, shares: Vector, n: int, communicator: Communicator
) -> NDArray[np.float64]:
    from fastavg.kernels.means.exact import CHUNK, chunk_maxima, partial_mean

    top, total = _scratch("top", (-(-n // CHUNK),)), _scratch("total", (n,))
    chunk_maxima(*slots, n, top)
    communicator.allreduce(top, "max")
    partial_mean(*slots, shares, top, total)
    return total


def _exchange_slots(slots: Slots, shares: Vector, out: Vector, communicator: Exchanger) -> int:
    from fastavg.kernels.means.exact import mean

    size, workers = communicator.size, len(shares)
    counts = [len(workers_of(rank, size, workers)) for rank in range(size)]
    depth, done = max(counts), 0
    while part := _part(out.size - done, size, depth * out.itemsize):
        received = _scratch("received", (depth, size, part), out.dtype)
        starts = np.array([
            (index * size + rank) * part for rank in range(size) for index in range(counts[rank])
        ])
        for at in range(done, out.size - size * part + 1, size * part):
            for index in range(depth):
                # A rank with a worker less sends numbers that are not used.
                start = slots.starts[index] + at if index < len(slots.starts) else 0
                sent = slots.memory[start : start + size * part]
                if sent.size < size * part:
                    sent = _scratch("nothing", (size * part,), out.dtype)
                communicator.alltoall(sent, received[index].reshape(-1))
            block = out[at : at + size * part]
            mean(received.reshape(-1), starts, shares, _own(block, part, communicator))
            communicator.allgather(block)
            done = at + block.size
    return done


def _exchange_sums(slots: Slots, shares: Vector, out: Vector, communicator: Exchanger) -> int:
    size, done = communicator.size, 0
    while part := _part(out.size - done, size, 8):
        received = _scratch("received", (size, part))
        for at in range(done, out.size - size * part + 1, size * part):
            block = out[at : at + size * part]
            total = _partial_sums(
                Slots(slots.memory, slots.starts + at), shares, block.size, communicator
            )
            communicator.alltoall(total, received.reshape(-1))
            _own(block, part, communicator)[:] = received.sum(axis=0, out=total[:part])
            communicator.allgather(block)
            done = at + block.size
    return done


def _part(n: int, size: int, bytes_each: int) -> int:
    from fastavg.kernels.means.exact import CHUNK

    # A rank owns whole chunks, so that every chunk has the grid that it has on one rank.
    part = min(n // size, BLOCK_BYTES // (size * bytes_each))
    if n >= size * CHUNK:
        return max(CHUNK, part // CHUNK * CHUNK)
    return 0


def _own(block: Vector, part: int, communicator: Communicator) -> Vector:
    return block[communicator.rank * part : (communicator.rank + 1) * part]


def _scratch(
    name: str, shape: tuple[int, ...], dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """A block's memory, kept for the next block and the next round.

    The system gives new memory page by page, at about the cost of sending it.
    """
    count = math.prod(shape) * np.dtype(dtype).itemsize
    kept: dict[str, NDArray[np.uint8]] = _kept.__dict__
    if name not in kept or kept[name].size < count:
        kept[name] = np.empty(count, np.uint8)
    return kept[name][:count].view(dtype).reshape(shape)
