"""Where workers of simulated asynchrony find and leave their vectors, beside the slots.

Every worker has two places; ``places[worker]`` says which one it reads.  It writes the other,
so an interval that is carried out twice finds the same input.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.networks.network import Network
from fastavg.networks.workspace import wide_size
from fastavg.plan.plan import Plan

BYTES = 64
Vectors = NDArray[np.floating]


class IntervalSlots:
    """Views of the memory, in whichever process.

    Parameters
    ----------
    memory : array (interval_bytes,) of uint8
        Zeros at first, on a cache line.
    network : Network
        What is trained.
    plan : Plan
        Gives the dtype and the solver's vectors.
    n_workers : int
        Workers of this rank.

    Attributes
    ----------
    places : array (n_workers,) of int32
        Which of its two places each worker reads, 0 or 1.
    vectors : array (n_workers, 2, 1 + n_vectors, size)
        Weights and solver state, in the layout of a worker's own.
    """

    def __init__(
        self, memory: NDArray[np.uint8], network: Network, plan: Plan, n_workers: int
    ) -> None:
        head, width, size = _form(network, plan, n_workers)
        self.places = memory[: 4 * n_workers].view(np.int32)
        vectors: Vectors = memory[head : head + size].view(plan.dtype)
        shape = n_workers, 2, 1 + plan.solver.n_vectors, width
        self.vectors = vectors.reshape(shape)[..., : wide_size(network)]

    def given(self, slot: int) -> Vectors:
        """What a worker reads, (1 + n_vectors, size).

        Parameters
        ----------
        slot : int
            Which worker of this rank, from 0.
        """
        found: Vectors = self.vectors[slot, self.places[slot]]
        return found

    def left(self, slot: int) -> Vectors:
        """What a worker writes, (1 + n_vectors, size).

        Parameters
        ----------
        slot : int
            Which worker of this rank, from 0.
        """
        found: Vectors = self.vectors[slot, 1 - self.places[slot]]
        return found


def interval_bytes(network: Network, plan: Plan, n_workers: int) -> int:
    """Bytes of memory that these slots need.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        Gives the dtype and the solver's vectors.
    n_workers : int
        Workers of this rank.
    """
    head, _, size = _form(network, plan, n_workers)
    return head + size


def _form(network: Network, plan: Plan, n_workers: int) -> tuple[int, int, int]:
    item = plan.numpy_dtype.itemsize
    width = -(-wide_size(network) * item // BYTES) * BYTES // item
    head = -(-4 * n_workers // BYTES) * BYTES
    return head, width, n_workers * 2 * (1 + plan.solver.n_vectors) * width * item
