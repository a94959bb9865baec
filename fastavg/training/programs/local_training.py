"""Local training: what one worker does in one round, the paper's map task.

It is a pure function of (center, the worker's own vectors, round, worker, plan): it
reads those and writes its slot.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fastavg.data.emphasis import Emphasis
from fastavg.data.sampling import Batches
from fastavg.kernels.network.packing import all_finite, repack
from fastavg.machine.failpoints import failpoint
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.networks.workspace import Workspace
from fastavg.randomness import key
from fastavg.solvers import Job
from fastavg.solvers.deformed_rows import deformed_rows
from fastavg.solvers.minibatch import MiniBatch
from fastavg.training.center import CenterBuffers
from fastavg.training.programs.contract import Order, Report
from fastavg.training.programs.layer_products import choose_products
from fastavg.training.run import Run

if TYPE_CHECKING:
    from fastavg.data.parts.window_reader import WindowReader
    from fastavg.solvers.streamed_rows import StreamedRows


class LocalTraining:
    """Trains workers of one run, one order after the other; made once in every process.

    Parameters
    ----------
    run : Run
        What is trained.
    buffers : CenterBuffers
        Centers to start from, and slots for the results.
    workers : range
        The workers of this rank; the first one's slot is the buffers' first.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        self._run, self._buffers, self._workers = run, buffers, workers
        plan = run.plan
        self._sampler = run.sampler()
        self._space = self._workspace()
        choose_products(self._space, run)
        if run.rows.lookups is not None:
            self._space.look_up(run.rows.lookups)
        self._emphasised = isinstance(plan.sampling, Emphasis)
        self._windows: WindowReader | None = None
        if run.rows.stream is not None:
            from fastavg.data.parts.window_reader import WindowReader

            self._windows = WindowReader(run.rows.stream)

    def _workspace(self) -> Workspace:
        run, plan = self._run, self._run.plan
        drops = plan.regularization.drops_of(run.network)
        return workspace_of(
            run.rows.X, run.network, self._sampler.batch, plan.solver.n_vectors, plan.loss,
            dropped=drops[1:].tolist(),
        )

    def __call__(self, order: Order) -> Report:
        """Train the order's worker from the center; leave its weights in its slot."""
        started = time.perf_counter()
        batches = self._sampler.batches(
            order.worker, order.round, order.first_step, order.stop_step
        )
        ready = time.perf_counter()
        failpoint("task", order.round, order.worker)
        self._load(order)
        if self._emphasised:
            from fastavg.training.programs.rows_by_error import by_error

            batches = by_error(self._run, self._space, order, batches)
        outcome = self._run.plan.solver.train(self._job(order, batches))
        failpoint("trained", order.round, order.worker)
        finite = bool(all_finite(self._space.theta))
        self._store(order)
        failpoint("stored", order.round, order.worker)
        ended = time.perf_counter()
        return Report(
            order.worker, float(outcome.loss), float(outcome.weight), outcome.evaluations, finite,
            ended - started, ended - ready,
        )

    def rounds(
        self, first: int, bounds: NDArray[np.int64], rate_factor: float,
        figures: NDArray[np.float64],
    ) -> int:
        """Train the only worker for several rounds; leave its vectors in the last one's center.

        Parameters
        ----------
        first : int
            The first of the rounds.
        bounds : array (n_rounds + 1,) of int64
            The first step of each, counted from the start of the run, and the end of the last.
        rate_factor : float
            Factor on the learning rate.
        figures : array (n_rounds, 3) of float64
            Overwritten; see :mod:`fastavg.kernels.network.train_rounds`.

        Returns
        -------
        int
            The number of rounds.  Fewer than asked: after the next one a weight is not finite,
            and nothing was left anywhere.
        """
        plan = self._run.plan
        order = Order("train", first, 0, int(bounds[0]), int(bounds[-1]), rate_factor)
        batches = self._sampler.batches(0, first, order.first_step, order.stop_step)
        self._load(order)
        assert isinstance(plan.solver, MiniBatch)
        complete = plan.solver.train_rounds(self._job(order, batches), bounds, figures)
        if complete == len(figures):
            self._leave(first + complete)
        return complete

    def _leave(self, round: int) -> None:
        space, center = self._space, self._buffers.center(round)
        for row, vector in zip((space.theta, *space.state), center, strict=True):
            repack(space.layers, row, space.dense, vector)

    def _load(self, order: Order) -> None:
        space, plan, buffers = self._space, self._run.plan, self._buffers
        slot = order.worker - self._workers.start
        center = buffers.center(order.round)
        weights = center[0]
        own = plan.algorithm.keeps_replicas and order.round > 0
        if own:
            weights = buffers.slot(order.round - 1, slot)[0]
        elif plan.averaging.keeps_replicas and order.round:
            weights = np.empty_like(weights)
            plan.averaging.start(center[0], buffers.slot(order.round - 1, slot)[0], weights)
        repack(space.dense, weights, space.layers, space.theta)
        if plan.solver_state == "average" and not own:
            source = center[1:]
        elif plan.solver_state != "reset" and order.round:
            source = buffers.slot(order.round - 1, slot)[1 : 1 + len(space.state)]
        else:
            space.state[:] = 0
            return
        for vector, row in zip(source, space.state, strict=True):
            repack(space.dense, vector, space.layers, row)

    def _store(self, order: Order) -> None:
        space = self._space
        target = self._buffers.slot(order.round, order.worker - self._workers.start)
        repack(space.layers, space.theta, space.dense, target[0])
        failpoint("stored-half", order.round, order.worker)
        if self._run.plan.solver_state != "reset":
            for row, vector in zip(space.state, target[1 : 1 + len(space.state)], strict=True):
                repack(space.layers, row, space.dense, vector)

    def _job(self, order: Order, batches: Batches) -> Job:
        plan, sampler, rows = self._run.plan, self._sampler, self._run.rows
        steps = order.stop_step - order.first_step
        return Job(
            workspace=self._space,
            X=self._space.inputs_of(rows.X),
            Y=rows.Y,
            weights=rows.weights,
            batches=batches,
            first_step=order.first_step,
            total_steps=plan.total_steps(sampler),
            steps_before=0 if plan.solver_state == "reset" else order.first_step,
            epochs=max(1, int(steps / sampler.steps_per_epoch + 0.5)),
            rows_per_step=sampler.batch,
            l2=plan.regularization.l2,
            rate_factor=order.rate_factor,
            steps_per_epoch=sampler.steps_per_epoch,
            regular=plan.regularization if plan.regularization.active else None,
            drop_key=key(plan.seed, "dropout", order.worker),
            deformed=deformed_rows(plan.augment, plan.seed), streamed=self._streamed(order.worker),
        )

    def _streamed(self, worker: int) -> StreamedRows | None:
        cut = self._run.rows.cut
        if self._windows is None or cut is None:
            return None
        from fastavg.solvers.streamed_rows import StreamedRows

        return StreamedRows(self._windows, worker, cut.sizes[worker], cut.start(worker))
