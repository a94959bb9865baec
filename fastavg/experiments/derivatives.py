"""Derivative averaging: the paper's other way to train in parallel.

The workers' derivatives are averaged at every evaluation and one descent follows
their mean, where model averaging lets every worker descend alone and averages the
weights where they ended.

.. code-block:: text

    parent   theta -----------------.            mean of derivatives --> next theta
                |                    |                  |
    workers   derivative on      derivative on          |
              sample 0           sample 1 ...           |
                '--------------------'------------------'
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import combine
from fastavg.communicators import LocalCommunicator
from fastavg.data.rows import TaskData
from fastavg.errors import ConfigError, Diverged
from fastavg.kernels.network.dense import squared_weights
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.networks.network import Network
from fastavg.networks.workspace import dense_table
from fastavg.plan.plan import Plan
from fastavg.solvers import ConjugateGradient, Job, Outcome
from fastavg.solvers.conjugate_gradient import descend
from fastavg.solvers.objective import BatchObjective, Vector
from fastavg.training.algorithms.local_sgd import open_board
from fastavg.training.center import Board
from fastavg.training.observers.events import Event, Observer, RoundFinished
from fastavg.training.team.team import Team, open_team


@dataclass(frozen=True)
class Derivative:
    """A solver that moves nothing: its worker leaves the derivative of its objective."""

    n_vectors = 0
    whole_sample = True

    def train(self, job: Job) -> Outcome:
        """Put the objective's gradient where the weights were."""
        first, rows = job.batches.steps[0].tolist()
        objective, theta = BatchObjective(job, first, rows), job.workspace.theta
        gradient = np.zeros_like(theta)
        objective(theta, gradient)
        theta[:] = gradient
        return Outcome(objective.loss, objective.weight, 1)


class MeanObjective:
    """The mean of all workers' objectives in one round; each evaluates its own sample.

    Attributes
    ----------
    evaluations : int
        Of all workers together.
    loss : float
        Mean loss of a row at the last evaluation, without the penalty.
    training, slowest, averaging, waiting : float
        Seconds, with the meaning they have in
        :class:`fastavg.training.observers.events.RoundFinished`.
    """

    def __init__(
        self, team: Team, board: Board, network: Network, plan: Plan, round: int, processes: int
    ) -> None:
        self._team, self._board, self._round = team, board, round
        self._layers, self._l2 = dense_table(network), plan.regularization.l2
        self._workers, self._processes = plan.workers, processes
        self.evaluations, self.loss, self.rows = 0, 0.0, 0.0
        self.training = self.slowest = self.averaging = self.waiting = 0.0

    def __call__(self, theta: Vector, gradient: Vector) -> float:
        """The value at ``theta``; the mean of the derivatives goes to ``gradient``."""
        began = time.perf_counter()
        self._board.center(self._round)[0] = theta
        reports = self._team.run(self._round)
        gathered = time.perf_counter()
        if not all(report.finite for report in reports):
            return float("nan")
        self.rows = sum(report.weight for report in reports)
        shares = [report.weight / self.rows for report in reports]
        combine(self._board.slots(self._round, 0), shares, gradient, LocalCommunicator())
        self.loss = sum(report.loss for report in reports) / self.rows
        share = self._l2 * self._workers / self.rows
        value = self.loss + 0.5 * share * float(squared_weights(self._layers, theta))
        training = sum(report.seconds for report in reports) / self._processes
        self.evaluations += sum(report.evaluations for report in reports)
        self.training += training
        self.slowest += max(report.seconds for report in reports)
        self.averaging += time.perf_counter() - gathered
        self.waiting += max(0.0, gathered - began - training)
        return value


def train_derivatives(
    network: Network, plan: Plan, data: TaskData, start: NDArray[np.floating],
    processes: int = 1, observers: Sequence[Observer] = (),
) -> NDArray[np.floating]:
    """Train by averaging derivatives; return the last weights.

    Parameters
    ----------
    network : Network
    plan : Plan
        For :class:`fastavg.solvers.ConjugateGradient`; its line searches are made once, on
        the mean of the workers' objectives.
    data : TaskData
    start : array (n_weights,)
    processes : int
        Never changes the result.
    observers : sequence of Observer
        Hear of every round, which is ``plan.average_every`` line searches.

    Raises
    ------
    ConfigError
        If the plan's solver is another.
    Diverged
        If the mean objective has no finite value.
    """
    solver: Any = plan.solver
    if not isinstance(solver, ConjugateGradient):
        raise ConfigError(
            f"the solver is {type(solver).__name__}; derivatives are averaged for "
            "ConjugateGradient only"
        )
    plan = replace(plan, solver=Derivative(), solver_state="reset")
    processes = max(1, min(processes, plan.workers))
    theta = np.array(start, plan.dtype)
    searches = int(plan.average_every)

    def tell(event: Event) -> bool:
        # A list, not a generator: everybody hears, also after somebody has asked to stop.
        return any([observer.notice(event) is True for observer in observers])  # noqa: C419

    with (
        one_blas_thread(),
        open_board(network, plan, plan.workers, processes) as board,
        open_team(network, plan, data, board, range(plan.workers), processes, tell) as team,
    ):
        for round in range(plan.n_rounds):
            mean = MeanObjective(team, board, network, plan, round, processes)
            descend(mean, theta, searches, solver.search, solver.slope_ratio)
            if not np.isfinite(theta).all():
                raise Diverged(round, 0)
            stop = tell(RoundFinished(
                round=round, n_rounds=plan.n_rounds,
                epoch=min(plan.epochs, (round + 1) * plan.average_every),
                loss=mean.loss, rows=mean.rows * searches, evaluations=mean.evaluations,
                training_seconds=mean.training, kernel_seconds=mean.training,
                averaging_seconds=mean.averaging, waiting_seconds=mean.waiting,
                weights=lambda: theta, slowest_seconds=mean.slowest,
            ))
            if stop:
                break
    return theta
