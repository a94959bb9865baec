"""The gradient of a worker's objective at a point that the parent chooses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from fastavg.data.sampling_schemes import BY_EPOCH
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.plan.plan import Plan
from fastavg.solvers import LBFGS, ConjugateGradient, Job
from fastavg.solvers.objective import BatchObjective
from fastavg.training.programs.contract import Order, Report

if TYPE_CHECKING:
    from fastavg.training.center import CenterBuffers
    from fastavg.training.run import Run


def worker_l2(plan: Plan) -> float:
    """The L2 factor of one worker's objective, so that the mean has the plan's.

    A penalty is divided by the rows of a batch.  Optimizers and L-BFGS see the batch of
    all workers, so each worker has its part of the factor; conjugate gradients descend
    the mean of the objectives as they are, which is the paper's.

    Parameters
    ----------
    plan : Plan
        Says what the L2 penalty is divided by.
    """
    l2 = plan.regularization.l2
    return l2 if isinstance(plan.solver, ConjugateGradient) else l2 / plan.workers


class Gradient:
    """Evaluates objectives, where :class:`LocalTraining` would train.

    The point is the next center, ``buffers.center(round + 1)[0]``: the parent moves it,
    and the committed center stays as it is.  The objective is the mean loss of the rows
    of the order's first step, with the L2 penalty; its gradient goes to the worker's slot.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    buffers : CenterBuffers
        The run's centers and slots.
    workers : range
        The workers of this rank.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        self._run, self._buffers, self._workers = run, buffers, workers
        plan = run.plan
        self._sampler = run.sampler()
        self._space = workspace_of(
            run.rows.X, run.network, self._sampler.batch, loss=plan.loss
        )
        if plan.products == "bfloat16":
            self._space.multiply_in_bfloat16()
        self._gradient = np.zeros_like(self._space.theta)
        # Whether the rows of a step are drawn anew in every round.
        self._drawn = plan.sampling.name not in BY_EPOCH
        self._gathered: tuple[int, int, int] | None = None
        self._objective: BatchObjective | None = None

    def __call__(self, order: Order) -> Report:
        """Evaluate the order's worker; leave its gradient in its slot."""
        from fastavg.kernels.network.packing import all_finite, repack

        started = time.perf_counter()
        objective = self._objective_of(order)
        ready = time.perf_counter()
        space, buffers = self._space, self._buffers
        slot = buffers.slot(order.round, order.worker - self._workers.start)[0]
        if objective is None:
            slot[:] = 0
            return Report(order.worker, 0.0, 0.0, 0, True, ready - started, 0.0)
        repack(space.dense, buffers.center(order.round + 1)[0], space.layers, space.theta)
        space.pack_weights()
        objective(space.theta, self._gradient)
        repack(space.layers, self._gradient, space.dense, slot)
        finite = bool(all_finite(self._gradient)) and bool(np.isfinite(objective.loss))
        ended = time.perf_counter()
        return Report(
            order.worker, objective.loss, objective.weight, 1, finite,
            ended - started, ended - ready,
        )

    def _objective_of(self, order: Order) -> BatchObjective | None:
        # A line search evaluates the same rows again and again: they are gathered once.
        wanted = (order.worker, order.first_step, order.round if self._drawn else 0)
        if self._gathered != wanted:
            self._gathered, self._objective = wanted, self._gather(order)
        return self._objective

    def _gather(self, order: Order) -> BatchObjective | None:
        plan, rows = self._run.plan, self._run.rows
        batches = self._sampler.batches(
            order.worker, order.round, order.first_step, order.first_step + 1
        )
        first, count = batches.steps[0].tolist() if len(batches.steps) else (0, 0)
        if not count:
            return None
        objective = BatchObjective(Job(
            workspace=self._space, X=self._space.inputs_of(rows.X), Y=rows.Y,
            weights=rows.weights, batches=batches,
            first_step=order.first_step, total_steps=1, steps_before=0, epochs=1,
            rows_per_step=self._sampler.batch, l2=worker_l2(plan),
        ), first, count, adding=isinstance(plan.solver, LBFGS))
        return objective if objective.weight else None
