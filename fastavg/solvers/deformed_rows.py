"""Deformed rows for the steps of a job, in memory that the compiled steps read in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fastavg.data.deformations import Deformation
from fastavg.kernels.network.layout import Samples
from fastavg.randomness import key

if TYPE_CHECKING:
    from fastavg.solvers.contract import Job

# Bytes of deformed rows at a time: they are read again while they are in the processor's cache.
AT_ONCE = 1 << 20


@dataclass(frozen=True)
class DeformedRows:
    """Deforms the rows that a job's steps take.

    Parameters
    ----------
    deformation : Deformation
        What is done to each row.
    seed : int
        With epoch and row it decides what is drawn.
    """

    deformation: Deformation
    seed: int

    def steps_at_once(self, job: Job) -> int:
        """Steps whose rows are deformed together, 1 or more.

        Parameters
        ----------
        job : Job
            What is trained.
        """
        row = job.X.shape[1] * job.X.dtype.itemsize
        return max(1, int(AT_ONCE // (row * max(1, job.rows_per_step))))

    def samples(self, job: Job, first: int, stop: int) -> tuple[Samples, NDArray[np.int64]]:
        """Deformed rows for some of a job's steps, in the order of their use.

        Parameters
        ----------
        job : Job
            What is trained.
        first, stop : int
            The first step, and the one after the last, counted from the job's first.

        Returns
        -------
        Samples
            The rows, their targets and weights.
        array (n_steps, 2) of int64
            Where each step's rows begin among them, and how many it has.
        """
        from fastavg.kernels.keyed.row_keys import row_keys

        steps = job.batches.steps[first:stop].copy()
        begin = int(steps[0, 0])
        rows = job.batches.order[begin : begin + int(steps[:, 1].sum())]
        steps[:, 0] -= begin
        numbers = np.arange(job.first_step + first, job.first_step + stop)
        epochs = np.repeat(numbers // max(1, int(job.steps_per_epoch)), steps[:, 1])
        keys = np.empty(len(rows), np.uint64)
        row_keys(np.uint64(key(self.seed, "deformation")), epochs, rows, keys)
        deformed = np.empty((len(rows), job.X.shape[1]), job.X.dtype)
        self.deformation.deform(job.X[rows], keys, deformed)
        weights = job.weights[rows] if job.weights.size else job.weights
        return Samples(deformed, job.Y[rows], weights, np.arange(len(rows))), steps


def deformed_rows(deformation: Deformation, seed: int) -> DeformedRows | None:
    """What a job needs to deform rows; None if they stay as they are.

    Parameters
    ----------
    deformation : Deformation
        What is done to each row.
    seed : int
        Of the plan.
    """
    return DeformedRows(deformation, seed) if deformation.active else None
