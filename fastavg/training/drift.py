"""How far the workers are from their mean when it is made.

The drift of a round is the root of the workers' mean squared distance from the mean of their
weights, each worker counted by its rows as in the mean, as a part of the mean's own length:
0.01 says that a worker typically is a hundredth of the weights' length away.  Frequent averages
keep it small.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import Slots
from fastavg.communicators import Communicator
from fastavg.communicators.collectives import workers_of
from fastavg.kernels.network.layout import B_AT, FAN_IN, FAN_OUT, W_AT, W_LD
from fastavg.networks.network import Network
from fastavg.networks.workspace import wide_table
from fastavg.training.observers.events import Observer

Numbers = NDArray[np.floating]

# Numbers of a worker that are looked at together, so that they stay in cache.
PIECE = 1 << 15
# The part of a run's time that looking at the workers of blocks may take.
BUDGET = 0.005


class DriftMeter:
    """Measures the drift of one run.

    Parameters
    ----------
    network : Network
        Whose weights.
    communicator : Communicator
        Connects the ranks, all of which measure.
    workers : int
        Of all ranks.
    """

    def __init__(self, network: Network, communicator: Communicator, workers: int) -> None:
        self._own = workers_of(communicator.rank, communicator.size, workers)
        self._squares = np.zeros(workers)
        self._layers = wide_table(network).tolist()
        self._communicator = communicator
        self._began, self._spent = time.perf_counter(), 0.0

    def of_round(self, slots: Slots, shares: Sequence[float], mean: Numbers) -> float:
        """The drift of a round; a collective of all ranks.

        Parameters
        ----------
        slots : Slots
            The weights of this rank's workers.
        shares : sequence of float
            Their weights in the mean.
        mean : array (n_weights,)
            Of the workers of all ranks.

        Returns
        -------
        float
            The same bits for any number of ranks, if the mean has the same bits.
        """
        squares = self._squares
        squares[:] = 0
        for start in range(0, len(mean), PIECE):
            middle = mean[start : start + PIECE]
            for worker, at, share in zip(self._own, slots.starts.tolist(), shares, strict=True):
                if share:
                    away = slots.memory[at + start :][: len(middle)] - middle
                    squares[worker] += share * float(np.dot(away, away))
        # Each rank adds its own workers' to zeros, and then all are summed in worker order.
        self._communicator.allreduce(squares)
        return _ratio(sum(squares.tolist()), float(np.dot(mean, mean)))

    def of_block(self, workers: Numbers, weights: NDArray[np.float64]) -> float | None:
        """The drift of the last round of a block, unless measuring has become expensive.

        Parameters
        ----------
        workers : array (workers, wide size)
            Their weights, before the mean took their place.
        weights : array (workers,) of float64
            Summed row weight of each worker's round.

        Returns
        -------
        float or None
            None where measuring would take more than a two-hundredth of the run's time, or
            nobody had a row.
        """
        began = time.perf_counter()
        total = float(weights.sum())
        if not total or self._spent > BUDGET * (began - self._began):
            return None
        shares, squares, length = weights / total, 0.0, 0.0
        for layer in self._layers:
            rows, columns = layer[FAN_IN], layer[FAN_OUT]
            at, stride = layer[W_AT], layer[W_LD]
            matrix = workers[:, at : at + rows * stride].reshape(len(workers), rows, stride)
            step = max(1, PIECE // columns)
            pieces = [
                matrix[:, row : row + step, :columns].reshape(len(workers), -1)
                for row in range(0, rows, step)
            ]
            for piece in [*pieces, workers[:, layer[B_AT] : layer[B_AT] + columns]]:
                apart, long = _squares(piece, shares)
                squares, length = squares + apart, length + long
        self._spent += time.perf_counter() - began
        return _ratio(squares, length)


def drift_meter(
    network: Network, workers: int, listeners: Sequence[Observer], communicator: Communicator
) -> DriftMeter | None:
    """What measures the drift of a run, if an observer of any rank asks for it.

    Parameters
    ----------
    network : Network
        What is trained.
    workers : int
        Of all ranks; one alone has no drift.
    listeners : sequence of Observer
        Observers and controllers of this rank.
    communicator : Communicator
        Connects the ranks, all of which call.
    """
    if workers < 2:
        return None
    asked = np.array([any(getattr(each, "wants_drift", False) for each in listeners)], np.int64)
    communicator.allreduce(asked, "max")
    return DriftMeter(network, communicator, workers) if asked[0] else None


def _squares(piece: Numbers, shares: NDArray[np.float64]) -> tuple[float, float]:
    # Of distances from the first worker, so that workers who agree are nowhere apart.
    away = piece - piece[0]
    middle = shares.astype(away.dtype) @ away
    away -= middle
    mean = middle + piece[0]
    return float(shares @ np.einsum("ki,ki->k", away, away)), float(np.dot(mean, mean))


def _ratio(squares: float, length: float) -> float:
    return math.sqrt(squares / length) if length > 0 else 0.0
