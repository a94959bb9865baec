"""The model: what a pass over the rows costs with so many workers, processes and averages.

.. code-block:: text

    seconds a pass = rows one after the other x seconds a row
                   + rounds x (seconds a round + workers x seconds a worker of a round)

A process that trains several workers trains them one after the other. With one worker there is
nothing to average. The seconds are measured (:mod:`fastavg.planner.short_trainings`), with one
process and with one for each processor, since these share caches and memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from fastavg.averaging.periods import FixedPeriod
from fastavg.data.rows import Rows
from fastavg.networks.network import Network
from fastavg.networks.workspace import wide_size
from fastavg.plan.plan import Plan
from fastavg.training.block_memory import BlockMemory
from fastavg.training.panel_memory import panel_bytes, wide_numbers
from fastavg.training.run import Run


class Layout(NamedTuple):
    """Who trains, and how often they are averaged.

    Attributes
    ----------
    workers, processes : int
        Replicas, and the processes that train them.
    average_every : float or str
        Local epochs between averages, or a number of steps.
    """

    workers: int
    processes: int
    average_every: float | str


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be trained.

    Parameters
    ----------
    network : Network
        The layers.
    plan : Plan
        How; its workers and its period are replaced by a layout's.
    n_rows : int
        Training rows.
    row_bytes : int
        Bytes of all of them.
    Y : array (n_rows, n_targets), optional
        Targets, which stratified samples need.
    rows : Rows, optional
        The rows themselves: of what kind they are decides how gradients are averaged.
    """

    network: Network
    plan: Plan
    n_rows: int
    row_bytes: int
    Y: NDArray[Any] | None = None
    rows: Rows | None = None

    def plan_of(self, layout: Layout) -> Plan:
        """The plan with a layout's workers and period.

        Parameters
        ----------
        layout : Layout
            Who trains.
        """
        return replace(
            self.plan, workers=layout.workers, average_every=layout.average_every,
            period=FixedPeriod(),
        )

    def counts(self, layout: Layout) -> tuple[float, float, float]:
        """What a pass is made of: rows one after the other, rounds, and workers of all rounds.

        Parameters
        ----------
        layout : Layout
            Who trains.

        Returns
        -------
        tuple of float
            The factors of seconds a row, a round, and a worker of a round.
        """
        plan = self.plan_of(layout)
        sampler = plan.sampler(self.n_rows, self.Y)
        turns = math.ceil(layout.workers / layout.processes)
        rounds = 0.0
        if layout.workers > 1:
            rounds = plan.rounds_of(sampler) / plan.epochs
        return (
            float(turns * sampler.steps_per_epoch * sampler.batch), rounds,
            rounds * layout.workers,
        )

    def shared_bytes(self, layout: Layout) -> int:
        """Bytes of rows, centers, slots and blocks.

        Parameters
        ----------
        layout : Layout
            Who trains.
        """
        plan, n = self.plan_of(layout), self.network.n_weights
        state, size = plan.solver.n_vectors, plan.numpy_dtype.itemsize
        kept = 1 if plan.solver_state == "reset" else 1 + state
        replicas = plan.averaging.keeps_replicas or plan.algorithm.keeps_replicas
        sides = 2 if plan.solver_state == "keep" or replicas else 1
        vectors = (2 + sides * layout.workers) * kept + 2 * plan.averaging.n_vectors
        return self.row_bytes + size * vectors * n + self._block_bytes(plan)

    def _block_bytes(self, plan: Plan) -> int:
        # What processes share for rounds in blocks; one worker has none to average with.
        if plan.workers == 1 or not plan.algorithm.blocks:
            return 0
        if self.rows is None:
            return BlockMemory.size(plan, wide_size(self.network), plan.workers)
        run = Run(self.network, plan, self.rows)
        return (
            BlockMemory.size(plan, wide_numbers(run), plan.workers)
            + panel_bytes(run, plan.workers)
        )

    def workspace_bytes(self) -> int:
        """Bytes that a process needs for its own weights, optimizer state and gradient."""
        vectors = 2 + self.plan.solver.n_vectors
        return vectors * wide_size(self.network) * self.plan.numpy_dtype.itemsize


class Measured(NamedTuple):
    """A layout and what a pass took with it.

    Attributes
    ----------
    layout : Layout
        Who trained.
    seconds : float
        A pass.
    """

    layout: Layout
    seconds: float


class Rates(NamedTuple):
    """What the parts of a pass cost with a number of processes.

    Attributes
    ----------
    row : float
        Seconds a row.
    round : float
        Seconds a round, however many workers there are.
    worker : float
        Seconds a worker of a round.
    """

    row: float
    round: float
    worker: float


@dataclass(frozen=True)
class Costs:
    """What was measured on this machine, for one work.

    Parameters
    ----------
    rates : dict of int to Rates
        By the number of processes: one, and the processors.
    starts : dict of int to float
        Seconds that a run takes beyond its passes, by the number of processes: starting them,
        first rounds that wait for them, and the end.
    own_bytes : int
        Memory of this process before training.
    process_bytes : int
        Memory of each further process, its workspace aside.
    """

    rates: dict[int, Rates]
    starts: dict[int, float]
    own_bytes: int
    process_bytes: int

    @property
    def most(self) -> int:
        """The most processes that were measured."""
        return max(self.rates)

    def rates_of(self, processes: int) -> Rates:
        """The rates of a number of processes; between and beyond the measured ones a guess.

        Between one and all processors they change evenly; beyond them a row costs the same and
        a round grows with the processes.

        Parameters
        ----------
        processes : int
            At least 1.
        """
        low, high = self.rates[1], self.rates[self.most]
        if processes >= self.most:
            return high._replace(round=high.round * processes / self.most)
        part = (processes - 1) / (self.most - 1)
        return Rates(*(a + (b - a) * part for a, b in zip(low, high, strict=True)))

    def run_seconds(self, work: Work, layout: Layout, epochs: float) -> float:
        """Seconds of a whole run.

        Parameters
        ----------
        work : Work
            What is trained.
        layout : Layout
            Who trains.
        epochs : float
            Passes over the rows.
        """
        # One process starts no others.
        start = self.starts[1 if layout.processes == 1 else self.most]
        return start + epochs * self.seconds(work, layout)

    def seconds(self, work: Work, layout: Layout) -> float:
        """Seconds of a pass.

        Parameters
        ----------
        work : Work
            What is trained.
        layout : Layout
            Who trains.
        """
        rates = self.rates_of(layout.processes)
        return sum(
            count * rate for count, rate in zip(work.counts(layout), rates, strict=True)
        )

    def bytes(self, work: Work, layout: Layout) -> int:
        """Memory of all processes together.

        Parameters
        ----------
        work : Work
            What is trained.
        layout : Layout
            Who trains.
        """
        trains = layout.processes if layout.processes > 1 else 0
        return (
            self.own_bytes + work.shared_bytes(layout)
            + trains * self.process_bytes + layout.processes * work.workspace_bytes()
        )


def fit_rates(work: Work, measured: Sequence[Measured], row: float = 0.0) -> Rates:
    """The rates that fit what was measured with one number of processes, none below 0.

    Parameters
    ----------
    work : Work
        What was trained.
    measured : sequence of Measured
        At least one.
    row : float, default 0.0
        Seconds that a row takes at least.

    Returns
    -------
    Rates
        With the least sum of squared relative errors (Lawson and Hanson 1974).
    """
    counts = np.array([work.counts(each.layout) for each in measured])
    seconds = np.array([each.seconds for each in measured])
    weighted = counts / seconds[:, None]
    scale = np.maximum(weighted.max(axis=0), 1e-300)
    rest = np.maximum(1 - weighted[:, 0] * row, 0.0)
    more, rounds, workers = nnls(weighted / scale, rest)[0] / scale
    return Rates(row + float(more), float(rounds), float(workers))
