"""The gain of an average: its loss against the mean of its workers' losses, on the same rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import Slots
from fastavg.communicators import Communicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.sampling import Batches
from fastavg.errors import ConfigError
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.randomness import generator
from fastavg.solvers.contract import Job
from fastavg.solvers.objective import BatchObjective
from fastavg.training.run import Run

Numbers = NDArray[np.floating]


class Gain(NamedTuple):
    """What an average is worth.

    Parameters
    ----------
    average : float
        Mean loss of the average, without penalties.
    workers : float
        The mean of the workers' mean losses, each counted as in the average.
    """

    average: float
    workers: float

    @property
    def value(self) -> float:
        """How far the average's loss lies below the workers'."""
        return self.workers - self.average

    @property
    def bad(self) -> bool:
        """True if the average is worse than its workers are on the mean."""
        return not self.average <= self.workers


class GainMeter:
    """Compares the averages of one run with their workers.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    communicator : Communicator
        Connects the ranks, all of which measure.

    Attributes
    ----------
    rows : array of int64
        The training rows on which losses are computed: the same in every round.
    """

    def __init__(self, run: Run, communicator: Communicator) -> None:
        plan, data = run.plan, run.rows
        count = min(int(plan.gain.rows), len(data))
        drawn = generator(plan.seed, "rows of the gain").choice(len(data), count, replace=False)
        self.rows: NDArray[np.int64] = np.sort(drawn).astype(np.int64)
        self._communicator = communicator
        self._own = workers_of(communicator.rank, communicator.size, plan.workers)
        self._losses = np.zeros(plan.workers)
        self._space = workspace_of(data.X, run.network, count, loss=plan.loss)
        batches = Batches(self.rows, np.array([[0, count]], np.int64))
        self._objective = BatchObjective(Job(
            workspace=self._space, X=self._space.inputs_of(data.X), Y=data.Y,
            weights=data.weights, batches=batches, first_step=0, total_steps=1, steps_before=0,
            epochs=1, rows_per_step=count, l2=0.0,
        ), 0, count)
        self._no_gradient = np.zeros(0, plan.dtype)

    def of_round(self, slots: Slots, shares: Sequence[float], mean: Numbers) -> Gain:
        """The gain of a round; a collective of all ranks.

        Parameters
        ----------
        slots : Slots
            The weights of this rank's workers.
        shares : sequence of float
            The weights of all workers in the mean.
        mean : array (n_weights,)
            Of the workers of all ranks.

        Returns
        -------
        Gain
            The same bits for any number of ranks, if the mean has the same bits.
        """
        losses = self._losses
        losses[:] = 0
        for worker, at in zip(self._own, slots.starts.tolist(), strict=True):
            if shares[worker]:
                losses[worker] = self.loss(slots.memory[at:][: len(mean)])
        # Each rank adds its own workers' to zeros.
        self._communicator.allreduce(losses)
        average = np.array([self.loss(mean)])
        self._communicator.broadcast(average)
        workers = sum(
            share * loss for share, loss in zip(shares, losses.tolist(), strict=True) if share
        )
        return Gain(float(average[0]), workers)

    def loss(self, weights: Numbers) -> float:
        """Mean loss of the rows, without penalties; NaN if it is not finite.

        Parameters
        ----------
        weights : array (n_weights,)
            Of the network.
        """
        from fastavg.kernels.network.packing import repack

        space = self._space
        repack(space.dense, np.ascontiguousarray(weights), space.layers, space.theta)
        space.pack_weights()
        loss = self._objective(space.theta, self._no_gradient)
        return loss if math.isfinite(loss) else math.nan


def gain_meter(run: Run, communicator: Communicator) -> GainMeter | None:
    """What compares the averages of a run with their workers, if its plan asks for it.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    communicator : Communicator
        Connects the ranks, all of which call.

    Raises
    ------
    ConfigError
        If no rank has all rows in memory.
    """
    plan, rows = run.plan, run.rows
    if not plan.gain.rows or plan.workers < 2:
        return None
    if rows.cut is not None or rows.stream is not None:
        raise ConfigError(
            "gain.rows compares averages on rows that every rank has; with partitions, or rows on "
            "disk, it must be 0"
        )
    return GainMeter(run, communicator)
