"""What the processes of a block of gradient averaging share, and how it is filled and read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.records import Vectors
from fastavg.kernels.blocks.segments import DENSE_AT, LENGTH, WIDE_AT, copy, fill
from fastavg.kernels.jit.decorator import kernel


class GradientMemory(NamedTuple):
    """What the processes of a block of gradient averaging share.

    Parameters
    ----------
    theta : array (wide size,)
        The common weights in a worker's layout; zero in the gaps.
    state : array (state vectors, wide size)
        The optimizer's state, likewise.
    gradients : array (workers, wide size)
        The workers' slots; zero in the gaps.
    totals : array (workers,) of float64
        The row weight of every worker's batch.
    squares : array (chunks,) of float64
        The squared gradient of every chunk, for clipping by the norm, and its squared change.
    now, following : array (1 + state vectors, at least n_weights)
        The dense weights and state at the start and at the end.
    figures : array (rounds, workers, 3) of float64
        Summed loss and row weight of every worker's round, and its seconds.
    spent : array (processes, 3) of float64
        Seconds of each process: training, averaging, waiting.
    loads, stores : bool
        Whether weights and state come from ``now``, and go to ``following``; a call that goes
        on from another one of the same processes does not load, and the other does not store.
    """

    theta: Vectors
    state: Vectors
    gradients: Vectors
    totals: NDArray[np.float64]
    squares: NDArray[np.float64]
    now: Vectors
    following: Vectors
    figures: NDArray[np.float64]
    spent: NDArray[np.float64]
    loads: bool
    stores: bool


@kernel
def _copy_segments(segments, start, stop, wide, dense, to_dense):
    # The part of each segment that lies between ``start`` and ``stop`` of the wide vector.
    table = segments.table
    for s in range(table.shape[0]):
        wide_at = table[s, WIDE_AT]
        a, b = max(wide_at, start), min(wide_at + table[s, LENGTH], stop)
        if a < b:
            at = table[s, DENSE_AT] + a - wide_at
            if to_dense:
                copy(wide[a:b], dense[at : at + b - a])
            else:
                copy(dense[at : at + b - a], wide[a:b])


@kernel
def copy_vectors(segments, start, stop, memory, dense, to_dense):
    """Copy a part of the common weights and state from or to the dense vectors.

    Parameters
    ----------
    segments : Segments
        Of the dense layout and that of a worker.
    start, stop : int
        The part, in numbers of a worker's layout.
    memory : GradientMemory
        Holds weights and state in a worker's layout.
    dense : array (vectors, at least n_weights)
        Weights, then state; no state where it is reset.
    to_dense : bool
        The direction: True writes ``dense``.
    """
    _copy_segments(segments, start, stop, memory.theta, dense[0], to_dense)
    for v in range(memory.state.shape[0]):
        if 1 + v < dense.shape[0]:
            _copy_segments(segments, start, stop, memory.state[v], dense[1 + v], to_dense)
        elif not to_dense:
            # State that is reset begins with zeros and is not kept.
            fill(memory.state[v, start:stop], 0.0)
