"""Local training of a worker that is alone: its weights stay where it trains them.

Elsewhere a worker copies the center to memory of its own, trains, and leaves the result for
the average.  One worker is its own average, so its weights and the state of its solver are
there once.  Who asks for the weights gets a copy.  What a broken round has spoilt is trained
again from the first weights: a round is a pure function of the one before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sparse_rows import SparseRows
from fastavg.kernels.network.dense import squared_weights
from fastavg.kernels.network.packing import repack
from fastavg.networks.aligned import aligned
from fastavg.networks.sparse_workspace import PackedSparseWorkspace
from fastavg.networks.workspace import Workspace
from fastavg.training.center import CenterBuffers
from fastavg.training.programs.contract import Order, Report
from fastavg.training.programs.local_training import LocalTraining
from fastavg.training.run import Run

# Complete rounds of weights that are those of no round, or not drawn yet.
UNKNOWN = -1


class ResidentTraining(LocalTraining):
    """Trains the only worker of a run, and holds its weights.

    Parameters
    ----------
    run : Run
        What is trained.
    buffers : CenterBuffers
        Neither read nor written.
    workers : range
        The only one.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        super().__init__(run, buffers, workers)
        self._round = UNKNOWN
        # Of every round so far, to train it again.
        self._factors: list[float] = []

    def __call__(self, order: Order) -> Report:
        """Train from where the round before has ended; see :meth:`LocalTraining.__call__`."""
        self._ready(order.round)
        self._round = UNKNOWN
        report = super().__call__(order)
        self._keep(order.round, 1, order.rate_factor)
        return report

    def rounds(
        self, first: int, bounds: NDArray[np.int64], rate_factor: float,
        figures: NDArray[np.float64],
    ) -> int:
        """Train for several rounds at once; see :meth:`LocalTraining.rounds`."""
        self._ready(first)
        self._round = UNKNOWN
        complete = super().rounds(first, bounds, rate_factor, figures)
        if complete == len(figures):
            self._keep(first, complete, rate_factor)
        return complete

    def weights(self, round: int) -> NDArray[np.floating]:
        """A copy of the weights in the public layout, (n_weights,).

        Parameters
        ----------
        round : int
            Complete rounds; all of them are trained again if the weights are not of that round.
        """
        self._ready(round)
        space, network = self._space, self._run.network
        weights = aligned(network.n_weights, space.theta.dtype)
        repack(space.layers, space.theta, space.dense, weights)
        return weights

    def squares(self) -> float:
        """The sum of the squared weights, biases left out."""
        return float(squared_weights(self._space.layers, self._space.theta))

    def release(self, round: int) -> NDArray[np.floating]:
        """As :meth:`weights`; the solver's state makes room for them, so nothing can follow.

        Parameters
        ----------
        round : int
            Complete rounds.
        """
        self._ready(round)
        self._space.state = self._space.state[:0].copy()
        weights = self.weights(round)
        # Whoever holds this object still does not hold the workspace.
        del self._space
        return weights

    def _workspace(self) -> Workspace:
        run, plan = self._run, self._run.plan
        if not isinstance(run.rows.X, SparseRows):
            return super()._workspace()
        drops = plan.regularization.drops_of(run.network)
        return PackedSparseWorkspace(
            run.rows.X, run.network, self._sampler.batch, plan.solver.n_vectors, plan.loss,
            dropped=drops[1:].tolist(),
        )

    def _ready(self, round: int) -> None:
        if self._round == round:
            return
        space, factors = self._space, self._factors[:round]
        assert len(factors) == round
        # What lies between the rows of the weights may not be finite any more.
        space.theta[:] = 0
        repack(space.dense, self._run.first_weights(), space.layers, space.theta)
        space.state[:] = 0
        self._round = 0
        for again, factor in enumerate(factors):
            first, stop = self._run.plan.span(self._sampler, again)
            self(Order("train", again, 0, first, stop, factor))

    def _keep(self, first: int, count: int, rate_factor: float) -> None:
        self._factors[first : first + count] = [rate_factor] * count
        self._round = first + count

    def _load(self, order: Order) -> None:
        """Nothing: what it trains from is there."""

    def _store(self, order: Order) -> None:
        """Nothing: what it has trained stays."""

    def _leave(self, round: int) -> None:
        """Nothing: likewise."""
