"""A task: what one worker does in one round.

It is a pure function of (center, the worker's own solver state, round, worker,
plan): it reads those and writes its slot.  Whoever runs it, and however often, the
slot ends with the same bits.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from fastavg.data.rows import TaskData
from fastavg.kernels.network.packing import all_finite, repack
from fastavg.machine.failpoints import failpoint
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.plan.plan import Plan
from fastavg.randomness import key
from fastavg.solvers import Job
from fastavg.training.center import Board


class Report(NamedTuple):
    """What a worker says at the end of its task; plain numbers, to travel on a pipe."""

    worker: int
    loss: float
    weight: float
    evaluations: int
    finite: bool
    seconds: float
    kernel_seconds: float


class Task:
    """Runs tasks of one plan on one board; made once in every process.

    Parameters
    ----------
    network, plan
    data : TaskData
    board : Board
    first_worker : int
        The worker whose slot is the board's first: ranks hold consecutive workers.
    """

    def __init__(
        self, network: Network, plan: Plan, data: TaskData, board: Board, first_worker: int
    ) -> None:
        self._plan, self._data, self._board = plan, data, board
        self._first_worker = first_worker
        self._sampler = plan.sampler(len(data.X), data.Y)
        self._space = Workspace(
            network, self._sampler.batch, plan.numpy_dtype, plan.solver.n_vectors, plan.loss,
            dropout=plan.regularization.drops(len(network.shapes) - 1)[1:].tolist(),
        )

    def __call__(self, round: int, worker: int, rate_factor: float = 1.0) -> Report:
        """Train worker ``worker`` in round ``round``; leave the result in its slot."""
        started = time.perf_counter()
        plan, space, slot = self._plan, self._space, worker - self._first_worker
        first, stop = plan.span(self._sampler, round)
        batches = self._sampler.batches(worker, round, first, stop)
        ready = time.perf_counter()
        failpoint("task", round, worker)
        self._load(round, slot)
        outcome = plan.solver.train(Job(
            workspace=space,
            X=self._data.X,
            Y=self._data.Y,
            weights=self._data.weights,
            batches=batches,
            first_step=first,
            total_steps=plan.total_steps(self._sampler),
            steps_before=0 if plan.solver_state == "reset" else first,
            epochs=max(1, int((stop - first) / self._sampler.steps_per_epoch + 0.5)),
            rows_per_step=self._sampler.batch,
            l2=plan.regularization.l2,
            rate_factor=rate_factor,
            steps_per_epoch=self._sampler.steps_per_epoch,
            regular=plan.regularization if plan.regularization.active else None,
            drop_key=key(plan.seed, "dropout", worker),
        ))
        failpoint("trained", round, worker)
        finite = bool(all_finite(space.theta))
        self._store(round, slot)
        failpoint("stored", round, worker)
        ended = time.perf_counter()
        return Report(
            worker, float(outcome.loss), float(outcome.weight), outcome.evaluations, finite,
            ended - started, ended - ready,
        )

    def _load(self, round: int, slot: int) -> None:
        space = self._space
        center = self._board.center(round)
        repack(space.dense, center[0], space.layers, space.theta)
        if self._plan.solver_state == "average":
            source = center[1:]
        elif self._plan.solver_state == "keep" and round > 0:
            source = self._board.slot(round - 1, slot)[1:]
        else:
            space.state[:] = 0
            return
        for vector, row in zip(source, space.state, strict=True):
            repack(space.dense, vector, space.layers, row)

    def _store(self, round: int, slot: int) -> None:
        space = self._space
        target = self._board.slot(round, slot)
        repack(space.layers, space.theta, space.dense, target[0])
        failpoint("stored-half", round, slot + self._first_worker)
        if self._plan.solver_state != "reset":
            for row, vector in zip(space.state, target[1:], strict=True):
                repack(space.layers, row, space.dense, vector)

