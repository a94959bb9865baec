"""What the processes of a block share beside the run's centers and slots.

It lies at the end of the run's shared segment, so that every process of the team has it
already.  Nothing in it outlives a block: a block that is done again finds whatever the
broken attempt has left, and reads none of it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.blocks.barrier import WORDS
from fastavg.kernels.means.exact import CHUNK
from fastavg.machine.shared_memory import Segment
from fastavg.plan.plan import Plan

LINE = 64
# The most rounds of a block: their figures are kept until it ends.
MOST_ROUNDS = 512
FIGURES, TIMES = 3, 3


class BlockMemory:
    """Views of the part of the run's segment that blocks need.

    Parameters
    ----------
    segment : Segment
        The run's memory.
    at : int
        Bytes before this part, a multiple of 64.
    plan : Plan
        Says how many vectors there are, and in which dtype.
    wide : int
        Numbers of a worker's own layout, whose rows may be wider than those of the center.
    workers : int
        Workers of this host.

    Attributes
    ----------
    words : array (WORDS,) of int32
        The barrier's, see :mod:`fastavg.kernels.blocks.barrier`.
    figures : array (MOST_ROUNDS, workers, 3) of float64
        Summed loss and row weight of every worker's round, and its seconds.
    spent : array (workers, 3) of float64
        Seconds of each process: training, averaging, waiting.
    vectors : array (vectors, wide)
        In a worker's own layout.  For model averaging every worker's weights and optimizer
        state; for gradient averaging every worker's gradient, then the common weights and the
        optimizer's state.
    totals : array (workers,) of float64
        The row weight of every worker's batch.
    squares : array (chunks,) of float64
        The squared gradient of every chunk, then its squared change.
    """

    def __init__(self, segment: Segment, at: int, plan: Plan, wide: int, workers: int) -> None:
        def array(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
            nonlocal at
            made = segment.array(at, shape, dtype)
            at += lined_bytes(made.nbytes)
            return made

        shapes = _shapes(plan, wide, workers)
        self.words: NDArray[np.int32] = array(shapes["words"], np.int32)
        self.figures: NDArray[np.float64] = array(shapes["figures"], np.float64)
        self.spent: NDArray[np.float64] = array(shapes["spent"], np.float64)
        self.totals: NDArray[np.float64] = array(shapes["totals"], np.float64)
        self.squares: NDArray[np.float64] = array(shapes["squares"], np.float64)
        self.vectors: NDArray[np.floating] = array(shapes["vectors"], plan.dtype)
        self._workers, self._each = workers, 1 + plan.solver.n_vectors

    @property
    def of_workers(self) -> NDArray[np.floating]:
        """The vectors as (workers, weights and optimizer state, wide)."""
        count, wide = self._workers * self._each, self.vectors.shape[1]
        return self.vectors[:count].reshape(self._workers, self._each, wide)

    @property
    def common(self) -> NDArray[np.floating]:
        """The common weights and the optimizer's state, (1 + state vectors, wide)."""
        return self.vectors[self._workers : self._workers + self._each]

    @staticmethod
    def size(plan: Plan, wide: int, workers: int) -> int:
        """Bytes of the part.

        Parameters
        ----------
        plan : Plan
            Says how many vectors there are, and in which dtype.
        wide : int
            Numbers of a worker's own layout.
        workers : int
            Workers of this host.
        """
        widths = {"words": 4, "vectors": plan.numpy_dtype.itemsize}
        return sum(
            lined_bytes(math.prod(shape) * widths.get(name, 8))
            for name, shape in _shapes(plan, wide, workers).items()
        )


def _shapes(plan: Plan, wide: int, workers: int) -> dict[str, tuple[int, ...]]:
    state = plan.solver.n_vectors
    vectors = max(
        workers * (1 + state) if "rounds" in plan.algorithm.blocks else 0,
        workers + 1 + state if "gradients" in plan.algorithm.blocks else 0,
    )
    return {
        "words": (WORDS,), "figures": (MOST_ROUNDS, workers, FIGURES), "spent": (workers, TIMES),
        "totals": (workers,), "squares": (-(-wide // CHUNK),), "vectors": (vectors, wide),
    }


def lined_bytes(size: int) -> int:
    """So many bytes, up to the end of a cache line.

    Parameters
    ----------
    size : int
        Bytes.

    Examples
    --------
    >>> lined_bytes(1), lined_bytes(128)
    (64, 128)
    """
    return -(-size // LINE) * LINE
