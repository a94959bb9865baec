"""The center's shared buffers, and who may write where.

.. code-block:: text

    centers[2]   weights and averaged solver state; orders read [round % 2],
                 the parent writes [(round + 1) % 2]
    slots[d][k]  where local worker k leaves the same vectors; d = 2 if workers keep
                 vectors of their own (read [round - 1], write [round]), else 1
    rules[2]     state of the averaging rule, as the centers
    block        what the processes of a block share besides, if there may be blocks

A vector that is read is never written in the same round, so an order that is
carried out twice finds the same input, and a round that is broken off has changed
nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import Slots
from fastavg.machine.shared_memory import Kind, Segment, shared_kind
from fastavg.plan.plan import Plan
from fastavg.training.block_memory import LINE, BlockMemory, lined_bytes

if TYPE_CHECKING:
    from fastavg.communicators import Communicator
    from fastavg.training.run import Run

Vectors = NDArray[np.floating]


class Resident(Protocol):
    """What holds the center in its own memory, and trains it there."""

    def __call__(self, order: Any) -> Any:
        """Carry out an order, as a program."""
        ...

    def squares(self) -> float:
        """The sum of the squared weights, biases left out."""
        ...


class CenterBuffers:
    """Views of a run's shared memory.

    Parameters
    ----------
    segment : Segment
        The memory, of :meth:`create` in this process or attached in another.
    plan : Plan
        Says how many vectors there are, and in which dtype.
    n_weights : int
        Length of a vector.
    n_slots : int
        Workers of this rank.
    wide : int
        Numbers of a worker's own layout, where rounds may run in blocks; 0 where not.

    Attributes
    ----------
    whole_centers : array (2, vectors, at least n_weights)
        The centers, with what lies between their vectors.
    whole_slots : array (d, n_slots, vectors, at least n_weights)
        The slots, likewise.
    rule_states : array (2, n_vectors, n_weights)
        State of the averaging rule; that of a round is ``rule_states[round % 2]``.
    block : BlockMemory or None
        What the processes of a block share beside all this.
    beside : array of uint8
        Memory of the algorithm's own, on a cache line; empty unless it asks for some.
    resident : Resident or None
        What holds the center instead, where one worker trains alone.
    """

    resident: Resident | None = None

    def __init__(
        self, segment: Segment, plan: Plan, n_weights: int, n_slots: int, wide: int = 0
    ) -> None:
        self.segment, self.wide = segment, wide
        depth, vectors, width = _form(plan, n_weights)
        rules = (2, plan.averaging.n_vectors, n_weights)
        self.whole_centers = segment.array(0, (2, vectors, width), plan.dtype)
        at = self.whole_centers.nbytes
        self.whole_slots = segment.array(at, (depth, n_slots, vectors, width), plan.dtype)
        at += self.whole_slots.nbytes
        self.rule_states = segment.array(at, rules, plan.dtype)
        self.block: BlockMemory | None = None
        at += lined_bytes(self.rule_states.nbytes)
        if wide:
            self.block = BlockMemory(segment, at, plan, wide, n_slots)
            at += BlockMemory.size(plan, wide, n_slots)
        at = min(at, segment.size)
        self.beside: NDArray[np.uint8] = segment.array(at, (segment.size - at,), np.uint8)
        self._slots = self.whole_slots
        self._centers = self.whole_centers[:, :, :n_weights]
        self._n_weights = n_weights
        self._blocks = [block.reshape(-1) for block in self._slots]
        self._starts = np.arange(n_slots) * vectors * width + np.arange(vectors)[:, None] * width
        apart = plan.algorithm.keeps_replicas
        self._own = slice(
            0 if plan.averaging.keeps_replicas or apart else 1,
            vectors if plan.solver_state == "keep" or plan.feeds_back or apart else 1,
        )

    @classmethod
    def create(
        cls, kind: Kind, plan: Plan, n_weights: int, n_slots: int, wide: int = 0,
        beside: int = 0,
    ) -> CenterBuffers:
        """Buffers in a new segment of zeros.

        Parameters
        ----------
        kind : str
            Of the memory: ``private``, ``memfd`` or ``named``.
        plan : Plan
            Says how many vectors there are, and in which dtype.
        n_weights : int
            Length of a vector.
        n_slots : int
            Workers of this rank.
        wide : int
            As for :class:`CenterBuffers`.
        beside : int
            Bytes of the algorithm's own.
        """
        depth, vectors, width = _form(plan, n_weights)
        each = plan.numpy_dtype.itemsize
        size = (2 + depth * n_slots) * vectors * width * each
        size += lined_bytes(2 * plan.averaging.n_vectors * n_weights * each)
        if wide:
            size += BlockMemory.size(plan, wide, n_slots)
        return cls(Segment.create(size + beside, kind), plan, n_weights, n_slots, wide)

    def begin(self, run: Run, communicator: Communicator) -> None:
        """Let training start from the first weights of rank 0.

        Parameters
        ----------
        run : Run
            Whose.
        communicator : Communicator
            Between ranks, all of which call.
        """
        weights = self.center(0)[0]
        weights[:] = run.first_weights()
        communicator.broadcast(weights)

    def final_weights(self, round: int, published: Callable[[], Vectors]) -> Vectors:
        """The weights after the last round, for keeps; nothing can follow.

        Parameters
        ----------
        round : int
            Complete rounds.
        published : callable
            A view of them.
        """
        return published().copy()

    @property
    def n_own(self) -> int:
        """Vectors that every worker keeps from round to round, beside the center."""
        return self._own.stop - self._own.start

    def center(self, round: int) -> Vectors:
        """The common vectors at the start of a round, (vectors, n_weights).

        Parameters
        ----------
        round : int
            Which round, from 0.
        """
        center: Vectors = self._centers[round % 2]
        return center

    def slot(self, round: int, index: int) -> Vectors:
        """Where a local worker leaves its vectors, (vectors, n_weights).

        Parameters
        ----------
        round : int
            Which round, from 0.
        index : int
            Which worker of this rank, from 0.
        """
        return self._slots[round % len(self._slots), index, :, : self._n_weights]

    def own(self, round: int, index: int) -> Vectors:
        """The vectors of a slot that its worker keeps, (n_own, n_weights).

        Parameters
        ----------
        round : int
            Which round, from 0.
        index : int
            Which worker of this rank, from 0.
        """
        return self.slot(round, index)[self._own]

    def slots(self, round: int, vector: int) -> Slots:
        """The same vector of all local workers.

        Parameters
        ----------
        round : int
            Which round, from 0.
        vector : int
            0 for the weights, from 1 on solver state.
        """
        return Slots(self._blocks[round % len(self._blocks)], self._starts[vector])


@contextlib.contextmanager
def open_buffers(
    plan: Plan, n_weights: int, n_slots: int, processes: int, wide: int = 0, beside: int = 0,
) -> Iterator[CenterBuffers]:
    """A run's buffers, in shared memory if several processes need to see them.

    Parameters
    ----------
    plan : Plan
        Says how many vectors there are, and in which dtype.
    n_weights : int
        Length of a vector.
    n_slots : int
        Workers of this rank.
    processes : int
        1 keeps them in private memory.
    wide : int
        As for :class:`CenterBuffers`.
    beside : int
        Bytes of the algorithm's own.
    """
    kind = shared_kind() if processes > 1 else "private"
    buffers = CenterBuffers.create(kind, plan, n_weights, n_slots, wide, beside)
    try:
        yield buffers
    finally:
        buffers.segment.close()


def _form(plan: Plan, n_weights: int) -> tuple[int, int, int]:
    keeps = (
        plan.solver_state == "keep" or plan.averaging.keeps_replicas or plan.feeds_back
        or plan.algorithm.keeps_replicas
    )
    vectors = 1 if plan.solver_state == "reset" else 1 + plan.solver.n_vectors
    # The last one is what the rounding of a worker's changes has missed.
    vectors += plan.feeds_back
    line = LINE // plan.numpy_dtype.itemsize
    return 2 if keeps else 1, vectors, -(-n_weights // line) * line
