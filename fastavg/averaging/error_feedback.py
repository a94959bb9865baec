"""The mean of all workers' slots with one bit for each weight that a worker sends.

.. code-block:: text

    slot k - center + missed k --> signs --> owner of the weight: mean in worker order --.
                         |                                                               |
          missed k, of the next round                                           8 bits, at random
                                                                                         |
                                       center + change <-- every rank <------------------'

What the signs miss stays with the worker and is added to its next change (Seide, Fu, Droppo, Li
and Yu 2014; :mod:`fastavg.kernels.means.one_bit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.few_bits import Draws
from fastavg.averaging.reduction import Vector
from fastavg.communicators import Communicator, Exchanger
from fastavg.communicators.collectives import workers_of
from fastavg.randomness import key


class Change(NamedTuple):
    """One worker's vectors.

    Attributes
    ----------
    slot : array (n_weights,)
        What it has trained.
    before : array (n_weights,)
        What signs of earlier rounds have missed.
    after : array (n_weights,)
        Receives what these signs miss.
    """

    slot: Vector
    before: Vector
    after: Vector


def combine_signs(
    changes: Sequence[Change], shares: Vector, center: Vector, out: Vector,
    communicator: Communicator, draws: Draws,
) -> None:
    """out <- center and the mean of the signs of all workers' changes, the same on every rank.

    Parameters
    ----------
    changes : sequence of Change
        Of this rank's workers; one whose share is 0 sends nothing and misses what it missed.
    shares : array (workers,) of float64
        Every worker's part of the mean, of all ranks, in worker order; they add up to 1.
    center : array (n_weights,)
        What all workers started from.
    out : array (n_weights,)
        Receives the mean; other memory than ``center``.
    communicator : Communicator
        Between ranks.
    draws : Draws
        Decides how the mean is rounded.
    """
    from fastavg.kernels.means import one_bit
    from fastavg.kernels.means.quantised import CHUNK

    size, n = communicator.size, center.size
    chunks = -(-n // CHUNK)
    # A rank owns whole chunks.
    each = -(-chunks // size)
    mine = workers_of(communicator.rank, size, len(shares))
    depth = -(-len(shares) // size)
    signs = np.zeros((depth, size * each * one_bit.BYTES), np.uint8)
    sizes = np.zeros((depth, size * each), np.float32)
    for index, (worker, change) in enumerate(zip(mine, changes, strict=True)):
        if not shares[worker]:
            change.after[:] = change.before
            continue
        one_bit.encode_signs(
            change.slot, center, change.before, signs[index, : chunks * one_bit.BYTES],
            sizes[index, :chunks], change.after,
        )
    everyones = _exchange(signs, communicator, len(shares))
    everysizes = _exchange(sizes, communicator, len(shares))
    total = np.zeros(everysizes.shape[1] * CHUNK)
    for share, bits, magnitudes in zip(shares, everyones, everysizes, strict=True):
        if share:
            one_bit.add_signs(bits, magnitudes, share, total)
    first = communicator.rank * each if total.size < size * each * CHUNK else 0
    moved, peaks = np.zeros(size * each * CHUNK, np.int8), np.zeros(size * each, np.float32)
    one_bit.round_mean(
        total, first * CHUNK, np.uint64(key(draws.seed, "rounding", draws.round)),
        moved[first * CHUNK :][: total.size], peaks[first : first + len(total) // CHUNK],
    )
    if isinstance(communicator, Exchanger) and size > 1:
        communicator.allgather(moved)
        communicator.allgather(peaks)
    one_bit.add_rounded(center, moved[:n], peaks[:chunks], out)


def _exchange(
    own: NDArray[np.generic], communicator: Communicator, workers: int
) -> NDArray[np.generic]:
    """Every worker's numbers, (workers, m): those that this rank owns, or all of them."""
    size, (depth, length) = communicator.size, own.shape
    spans = [workers_of(rank, size, workers) for rank in range(size)]
    if isinstance(communicator, Exchanger) and size > 1:
        received = np.zeros((depth, size, length // size), own.dtype)
        for index in range(depth):
            communicator.alltoall(own[index], received[index].reshape(-1))
        return np.stack([
            received[index, rank] for rank, span in enumerate(spans) for index in range(len(span))
        ])
    found = np.zeros((workers, length), own.dtype)
    mine = spans[communicator.rank]
    found[mine.start : mine.stop] = own[: len(mine)]
    communicator.allreduce(found.reshape(-1))
    return found
