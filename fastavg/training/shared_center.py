"""A center that workers change while they train, in the memory beside center and slots.

.. code-block:: text

    words      lock | pushes so far | stop | for each worker: begun, pushed, lost
    figures    for each worker: loss and weight of the rows of its order so far
    center     the weights, in the layout of a worker's own
    rule       the averaging rule's vectors
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.asynchronous.owner_lock import LINE, WORDS, OwnerLock
from fastavg.kernels.network.packing import repack
from fastavg.networks.network import Network
from fastavg.networks.workspace import dense_table, wide_size, wide_table
from fastavg.plan.plan import Plan

BYTES = 64
VERSION, STOP, WORKERS = WORDS, WORDS + LINE, WORDS + 2 * LINE
BEGUN, PUSHED, LOST = range(3)
FIGURES = 8
Vector = NDArray[np.floating]


class SharedCenter:
    """Views of the memory, in whichever process.

    Parameters
    ----------
    memory : array (shared_bytes,) of uint8
        Zeros at first, on a cache line.
    network : Network
        What is trained.
    plan : Plan
        Gives the dtype and the averaging rule.
    n_workers : int
        Workers of this rank.

    Attributes
    ----------
    lock : OwnerLock
        Held by whoever changes the center.
    center : array (size,)
        The weights, in the layout of a worker's own.
    rule : array (n_vectors, size)
        State of the averaging rule.
    figures : array (n_workers, FIGURES) of float64
        Loss and weight of the rows of every worker's order so far.
    """

    def __init__(
        self, memory: NDArray[np.uint8], network: Network, plan: Plan, n_workers: int
    ) -> None:
        words, figures, width, n_vectors = _form(network, plan, n_workers)
        at = 4 * words
        self._words = memory[:at].view(np.int32)
        self.figures = memory[at : at + 8 * figures].view(np.float64).reshape(-1, FIGURES)
        at += 8 * figures
        vectors = memory[at : at + width * n_vectors * plan.numpy_dtype.itemsize]
        rows: Vector = vectors.view(plan.dtype).reshape(n_vectors, width)
        size = wide_size(network)
        self.center, self.rule = rows[0, :size], rows[1:, :size]
        self.lock = OwnerLock(self._words[:WORDS], os.getpid())
        self._dense, self._wide = dense_table(network), wide_table(network)

    @property
    def version(self) -> int:
        """Pushes so far, of all workers."""
        return int(self._words[VERSION])

    @version.setter
    def version(self, pushes: int) -> None:
        """Count pushes.

        Parameters
        ----------
        pushes : int
            So far.
        """
        self._words[VERSION] = pushes

    @property
    def stopped(self) -> bool:
        """True if workers are to end their orders at the next exchange."""
        return bool(self._words[STOP])

    @stopped.setter
    def stopped(self, value: bool) -> None:
        """Ask workers to end their orders, or no longer.

        Parameters
        ----------
        value : bool
            True asks.
        """
        self._words[STOP] = value

    def progress(self, slot: int) -> NDArray[np.int32]:
        """Steps that a local worker has begun, has pushed, and has lost; a view.

        Parameters
        ----------
        slot : int
            Which worker of this rank, from 0.
        """
        at = WORKERS + slot * LINE
        return self._words[at : at + 3]

    def put(self, weights: Vector, rule: Vector) -> None:
        """Start from these weights.

        Parameters
        ----------
        weights : array (n_weights,)
            The committed center.
        rule : array (n_vectors, n_weights)
            The committed state of the averaging rule.
        """
        repack(self._dense, weights, self._wide, self.center)
        for source, target in zip(rule, self.rule, strict=True):
            repack(self._dense, source, self._wide, target)

    def copy_to(self, weights: Vector, rule: Vector) -> None:
        """Copy the weights as they are now.

        Parameters
        ----------
        weights : array (n_weights,)
            Receives the center.
        rule : array (n_vectors, n_weights)
            Receives the state of the averaging rule.
        """
        with self.lock:
            repack(self._wide, self.center, self._dense, weights)
            for source, target in zip(self.rule, rule, strict=True):
                repack(self._wide, source, self._dense, target)


def shared_bytes(network: Network, plan: Plan, n_workers: int) -> int:
    """Bytes of memory that a shared center needs.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        Gives the dtype and the averaging rule.
    n_workers : int
        Workers of this rank.
    """
    words, figures, width, n_vectors = _form(network, plan, n_workers)
    return 4 * words + 8 * figures + width * n_vectors * plan.numpy_dtype.itemsize


def _form(network: Network, plan: Plan, n_workers: int) -> tuple[int, int, int, int]:
    line = BYTES // plan.numpy_dtype.itemsize
    width = -(-wide_size(network) // line) * line
    return WORKERS + n_workers * LINE, n_workers * FIGURES, width, 1 + plan.averaging.n_vectors
