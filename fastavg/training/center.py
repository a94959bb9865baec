"""The board: the shared memory of a run, and who may write where.

.. code-block:: text

    centers[2]   weights and averaged solver state; tasks read [round % 2],
                 the parent writes [(round + 1) % 2]
    slots[d][k]  where local worker k leaves the same vectors; d = 2 if workers keep
                 their own solver state (read [round - 1], write [round]), else 1

A vector that somebody reads is never written in the same round, so a task that is
run twice finds the same input, and a round that is broken off has changed nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import Slots
from fastavg.machine.shared_memory import Kind, Segment
from fastavg.plan.plan import Plan

LINE = 64


class Board:
    """Views of a run's shared memory.

    Parameters
    ----------
    segment : Segment
    plan : Plan
    n_weights : int
    n_slots : int
        Workers of this rank.
    """

    def __init__(self, segment: Segment, plan: Plan, n_weights: int, n_slots: int) -> None:
        self.segment = segment
        depth, vectors, width = _form(plan, n_weights)
        centers = segment.array(0, (2, vectors, width), plan.dtype)
        self._slots = segment.array(centers.nbytes, (depth, n_slots, vectors, width), plan.dtype)
        self._centers = centers[:, :, :n_weights]
        self._n_weights = n_weights
        self._blocks = [block.reshape(-1) for block in self._slots]
        self._starts = np.arange(n_slots) * vectors * width + np.arange(vectors)[:, None] * width

    @classmethod
    def create(cls, kind: Kind, plan: Plan, n_weights: int, n_slots: int) -> Board:
        """A board in a new segment of zeros."""
        depth, vectors, width = _form(plan, n_weights)
        size = (2 + depth * n_slots) * vectors * width * plan.numpy_dtype.itemsize
        return cls(Segment.create(size, kind), plan, n_weights, n_slots)

    @property
    def keeps(self) -> bool:
        """True if slots hold each worker's own solver state from round to round."""
        return len(self._blocks) == 2

    def center(self, round: int) -> NDArray[np.floating]:
        """The common vectors at the start of a round, (vectors, n_weights)."""
        center: NDArray[np.floating] = self._centers[round % 2]
        return center

    def slot(self, round: int, index: int) -> NDArray[np.floating]:
        """Where a local worker leaves its vectors, (vectors, n_weights)."""
        return self._slots[round % len(self._slots), index, :, : self._n_weights]

    def slots(self, round: int, vector: int) -> Slots:
        """The same vector of all local workers."""
        return Slots(self._blocks[round % len(self._blocks)], self._starts[vector])


def _form(plan: Plan, n_weights: int) -> tuple[int, int, int]:
    depth = 2 if plan.solver_state == "keep" else 1
    vectors = 1 if plan.solver_state == "reset" else 1 + plan.solver.n_vectors
    line = LINE // plan.numpy_dtype.itemsize
    return depth, vectors, -(-n_weights // line) * line
