"""Deformed rows for the steps of a job, in memory that the compiled steps read in their place."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastavg.data.deformations import Deformation
from fastavg.data.deformations.mixup import mixup_of
from fastavg.kernels.network.layout import Samples
from fastavg.randomness import key

# Bytes of deformed rows at a time: they are read again while they are in the processor's cache.
AT_ONCE = 1 << 20


@dataclass(frozen=True)
class DeformedRows:
    """Deforms the rows that steps take.

    Parameters
    ----------
    deformation : Deformation
        What is done to each row.
    seed : int
        With epoch and row it decides what is drawn.
    """

    deformation: Deformation
    seed: int

    def steps_at_once(self, X: NDArray[np.floating], rows_per_step: int) -> int:
        """Steps whose rows are deformed together, 1 or more.

        Parameters
        ----------
        X : array (n_rows, n_features)
            Training rows.
        rows_per_step : int
            Rows of a full step.
        """
        row = X.shape[1] * X.dtype.itemsize
        return max(1, int(AT_ONCE // (row * max(1, rows_per_step))))

    def samples(
        self, data: Samples, steps: NDArray[np.int64], epochs: NDArray[np.int64]
    ) -> tuple[Samples, NDArray[np.int64]]:
        """Deformed rows for some steps, in the order of their use.

        Parameters
        ----------
        data : Samples
            All training rows, and the order of their use.
        steps : array (n_steps, 2) of int64
            Where the rows of each step begin in that order, one step behind the other, and how
            many they are.
        epochs : array (n_steps,) of int64
            The epoch of each step.

        Returns
        -------
        Samples
            The rows, their targets and weights; the rows last until the next call in this thread.
        array (n_steps, 2) of int64
            Where each step's rows begin among them, and how many it has.
        """
        from fastavg.kernels.keyed.row_keys import row_keys

        begin, count = int(steps[0, 0]), int(steps[:, 1].sum())
        rows = data.order[begin : begin + count]
        keys = np.empty(count, np.uint64)
        row_keys(
            np.uint64(key(self.seed, "deformation")), np.repeat(epochs, steps[:, 1]), rows, keys
        )
        deformed = _scratch((count, data.X.shape[1]), data.X)
        self.deformation.deform(data.X, keys, deformed, rows)
        targets, taken = data.Y[rows], steps - np.array([begin, 0])
        if (mixup := mixup_of(self.deformation)) is not None:
            deformed, targets = mixup.mix(deformed, targets, keys, taken)
        weights = data.weights[rows] if data.weights.size else data.weights
        return Samples(deformed, targets, weights, np.arange(count)), taken


# Members of a committee are threads.
_kept = threading.local()


def _scratch(shape: tuple[int, int], like: NDArray[np.floating]) -> NDArray[np.floating]:
    """Memory that is kept: new pages of the system would cost as much as deforming."""
    count = shape[0] * shape[1]
    kept: dict[str, NDArray[np.floating]] = _kept.__dict__
    at = str(like.dtype)
    if at not in kept or kept[at].size < count:
        kept[at] = np.empty(count, like.dtype)
    return kept[at][:count].reshape(shape)


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
