"""The objective that a line search walks down: one batch of a job, fixed and gathered."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.network.layout import IN_LD, PRODUCTS_AT, Samples
from fastavg.networks.piece_operands import (
    add_piece_operands,
    gather_pieces,
    in_vectors,
    turned_weights,
)
from fastavg.solvers.contract import Job

Vector = NDArray[np.floating]
# Input rows of a piece: with errors and gradients they fit a second-level cache.
PIECE_BYTES = 1 << 19
# Rows that a product takes up at once: with more it passes through the gradient again.
ADDED_ROWS = 96
# A kernel call stays under about 100 ms, so that signals and the parent's death are noticed.
FLOPS_PER_CALL = 2e9


def piece_rows(row_bytes: int) -> int:
    """The most rows of a piece, unless products add to the gradient.

    Parameters
    ----------
    row_bytes : int
        Bytes of a row of the input block.
    """
    return max(32, PIECE_BYTES // row_bytes)


class Objective(Protocol):
    """A function of the weights with its gradient."""

    def __call__(self, theta: Vector, gradient: Vector) -> float:
        """The value at ``theta``; its gradient goes to ``gradient``."""
        ...


class BatchObjective:
    """Mean loss of a batch plus ``l2 / (2 rows) * |W|^2``; value and gradient agree.

    Parameters
    ----------
    job : Job
        Whose rows, weights and penalty count.
    first, rows : int
        The batch: rows ``first`` to ``first + rows`` of the job's order.
    adding : bool
        Let the products add to the gradient themselves, which is faster where the batch is cut
        into many pieces, and rounded a little differently.

    Attributes
    ----------
    weight : float
        Summed row weight: the number of rows, unless rows are weighted.
    loss : float
        Summed loss of the rows at the last evaluation, without the penalty.
    evaluations : int
        Evaluations so far.
    """

    def __init__(self, job: Job, first: int, rows: int, adding: bool = False) -> None:
        from fastavg.kernels.network.dense import gather

        space = job.workspace
        self._job, self._first, self._rows = job, first, rows
        self._data = Samples(job.X, job.Y, job.weights, job.batches.order)
        chosen = job.batches.order[first : first + rows]
        self.weight = float(rows)
        if job.weights.size:
            self.weight = float(job.weights[chosen].sum(dtype=np.float64))
        row_bytes = int(space.layers[0, IN_LD]) * space.theta.itemsize
        self._piece = piece_rows(row_bytes)
        # Products of another kind know no addition, and one piece needs none.
        several = adding and rows > self._piece
        adds = several and not space.layers[:, PRODUCTS_AT].any()
        self._layers, self._operands = space.layers, None
        self._turned = space.theta[:0]
        if adds:
            self._piece = min(self._piece, ADDED_ROWS)
            self._turned = turned_weights(space.layers, space.theta.dtype)
            if in_vectors(space.theta.dtype):
                # Explicit vectors add half of them at a time, while the gradient is in cache.
                self._piece *= 2
                self._layers = space.layers.copy()
                self._operands = add_piece_operands(self._layers)
        order, blocks = job.batches.order, space.scratch.blocks
        if self._operands is None:
            gather(job.X, order, first, rows, blocks, space.layers[0, IN_LD])
        else:
            gather_pieces(job.X, order, first, rows, self._piece, self._layers, blocks)
        per_piece = self._piece * space.flops_per_row
        self._stride = self._piece * max(1, int(FLOPS_PER_CALL // per_piece))
        self.loss, self.evaluations = 0.0, 0

    def __call__(self, theta: Vector, gradient: Vector) -> float:
        """The value at ``theta``; its gradient goes to ``gradient``, unless that is empty."""
        from fastavg.kernels.network.full_batch import add_losses, add_penalty, turn_weights

        job, space = self._job, self._job.workspace
        gradient[:] = 0
        space.read_weights_of(theta)
        if self._turned.size and gradient.size:
            turn_weights(self._layers, theta, self._turned)
        loss = 0.0
        for start in range(0, self._rows, self._stride):
            stop = min(start + self._stride, self._rows)
            loss += add_losses(
                self._layers, space.loss, theta, space.scratch, self._data, self._first,
                start, stop, self._piece, self.weight, gradient, self._turned,
            )
        self.loss = loss
        self.evaluations += 1
        penalty = add_penalty(space.layers, theta, job.l2 / self.weight, gradient)
        return float(loss / self.weight + penalty)
