"""The mean of all workers' slots with 8 bits for each weight that travels.

.. code-block:: text

    slot k - center --> times its share --> whole number of steps --> sum of this rank's --.
                                            (at random, 8 bits)       workers               |
                                                                                            v
    center + change <-- every rank <-- 8 bits, at random <-- whole sum <-- owner of the weight

The sums of whole numbers are exact, so the result is the same for any number of ranks, of
which one is as good as many (:mod:`fastavg.kernels.means.quantised`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import Slots, Vector
from fastavg.communicators import Communicator, Exchanger
from fastavg.communicators.collectives import workers_of
from fastavg.randomness import key

# Weights that are rounded and sent at a time: whole chunks.
BLOCK = 1 << 20


class Draws(NamedTuple):
    """What decides how numbers are rounded.

    Attributes
    ----------
    seed : int
        Of the plan.
    round : int
        Which round, from 0.
    """

    seed: int
    round: int


def combine_in_bytes(
    slots: Slots, shares: Vector, center: Vector, out: Vector, communicator: Communicator,
    draws: Draws,
) -> None:
    """out <- center and the mean of all workers' changes, the same on every rank.

    Parameters
    ----------
    slots : Slots
        Of this rank's workers.
    shares : array (workers,) of float64
        Every worker's part of the mean, of all ranks, in worker order; they add up to 1.
    center : array (n_weights,)
        What all workers started from.
    out : array (n_weights,)
        Receives the mean; other memory than ``center``.
    communicator : Communicator
        Between ranks.
    draws : Draws
        Decides how numbers are rounded.
    """
    size, mine = communicator.size, workers_of(communicator.rank, communicator.size, len(shares))
    local = np.asarray(shares, np.float64)[mine.start : mine.stop]
    deepest = -(-len(shares) // size)
    whole = np.int8 if deepest == 1 else np.int16 if deepest < 250 else np.int32
    for at in range(0, out.size, BLOCK):
        keys = np.array(
            [key(draws.seed, "rounding", draws.round, worker, at) for worker in mine], np.uint64
        )
        again = key(draws.seed, "rounding", draws.round, -1, at)
        part = slice(at, at + BLOCK)
        _block(
            Slots(slots.memory, slots.starts + at), local, center[part], out[part], communicator,
            _Rounding(keys, np.uint64(again), np.dtype(whole)),
        )


class _Rounding(NamedTuple):
    keys: NDArray[np.uint64]
    again: np.uint64
    whole: np.dtype[Any]


def _block(
    slots: Slots, shares: Vector, center: Vector, out: Vector, communicator: Communicator,
    rounding: _Rounding,
) -> None:
    from fastavg.kernels.means import quantised

    size, n = communicator.size, center.size
    chunks = -(-n // quantised.CHUNK)
    # A rank owns whole chunks.
    each = -(-chunks // size)
    top = np.empty(chunks, out.dtype)
    quantised.change_maxima(*slots, shares, center, top)
    communicator.allreduce(top, "max")
    own = np.zeros(size * each * quantised.CHUNK, rounding.whole)
    quantised.add_whole_changes(*slots, shares, center, top, rounding.keys, own[:n])
    total = _total(own, each * quantised.CHUNK, communicator)
    change, peaks = np.zeros(own.size, np.int8), np.zeros(size * each, np.int32)
    first = communicator.rank * each if isinstance(communicator, Exchanger) else 0
    chosen = total.size // quantised.CHUNK
    quantised.round_again(
        total, first * quantised.CHUNK, rounding.again,
        change[first * quantised.CHUNK :][: total.size], peaks[first : first + chosen],
    )
    if isinstance(communicator, Exchanger) and size > 1:
        communicator.allgather(change)
        communicator.allgather(peaks)
    quantised.add_change(center, change[:n], top, peaks[:chunks], out)


def _total(
    own: NDArray[Any], part: int, communicator: Communicator
) -> NDArray[np.int32]:
    """The sums of all ranks: this rank's part of them, or all where parts cannot be dealt out."""
    if communicator.size == 1:
        return own.astype(np.int32)
    if not isinstance(communicator, Exchanger):
        total = own.astype(np.int32)
        communicator.allreduce(total)
        return total
    received = np.empty_like(own)
    communicator.alltoall(own, received)
    total = received.reshape(communicator.size, part).sum(axis=0, dtype=np.int32)
    return np.asarray(total)
