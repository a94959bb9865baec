"""A worker of an asynchronous algorithm: it trains and exchanges with the center as it likes.

An order is not a pure function: what it leaves in the center stays there.  One that is carried
out again, because its process died, goes on behind the steps that had been begun; those that
had not reached the center are lost and counted.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Protocol

from fastavg.data.sampling import Batches
from fastavg.kernels.blocks.segments import copy
from fastavg.kernels.network.packing import all_finite, repack
from fastavg.machine.failpoints import failpoint
from fastavg.training.center import CenterBuffers
from fastavg.training.programs.contract import Order, Report
from fastavg.training.programs.minibatch_job import job_of, training_space
from fastavg.training.programs.shared_steps import takes_shared_steps
from fastavg.training.replica import Replica
from fastavg.training.run import Run
from fastavg.training.shared_center import BEGUN, LOST, PUSHED, SharedCenter


class Exchange(Protocol):
    """What an asynchronous algorithm says of one worker.

    Attributes
    ----------
    in_place : bool
        True if workers train on the center itself.
    keeps_replicas : bool
        True if a worker goes on from its own weights.
    """

    @property
    def in_place(self) -> bool:
        """True if workers train on the center itself."""
        ...

    @property
    def keeps_replicas(self) -> bool:
        """True if a worker goes on from its own weights."""
        ...

    def next_exchange(self, step: int) -> int:
        """The step after which a worker exchanges next.

        Parameters
        ----------
        step : int
            Steps of the worker so far.
        """
        ...

    def exchange(self, replica: Replica, step: int, last: bool) -> None:
        """Bring a worker and the center together.

        Parameters
        ----------
        replica : Replica
            The worker.
        step : int
            Its steps so far.
        last : bool
            True at the end of its order.
        """
        ...


class FreeRunning:
    """Trains workers that share a center; made once in every process.

    Parameters
    ----------
    run : Run
        What is trained; its plan's algorithm says when workers exchange.
    buffers : CenterBuffers
        The shared center lies beside its slots, which keep the workers' own vectors.
    workers : range
        The workers of this rank.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        self._run, self._buffers, self._workers = run, buffers, workers
        plan = run.plan
        self._sampler = run.sampler()
        self._shared = SharedCenter(buffers.beside, run.network, plan, len(workers))
        self._space = training_space(run, self._sampler)
        self._exchange: Exchange = plan.algorithm  # type: ignore[assignment]
        # Workers on the center itself read it while they change it, if their steps allow for it.
        self._copies = takes_shared_steps(run)
        if self._exchange.in_place and not self._copies:
            self._space.theta = self._shared.center
        self._replica = Replica(self._space.theta, self._shared, plan.averaging, plan.workers)

    def __call__(self, order: Order) -> Report:
        """Train the order's worker and exchange on the way; keep its own vectors in its slot."""
        started = time.perf_counter()
        slot = order.worker - self._workers.start
        progress, figures = self._shared.progress(slot), self._shared.figures[slot]
        first = order.first_step
        again = int(progress[BEGUN]) > first
        if again:
            progress[LOST] += progress[BEGUN] - max(int(progress[PUSHED]), first)
            # What is lost is settled: a second death in this order must not count it again.
            first = int(progress[BEGUN])
            progress[PUSHED] = first
        else:
            figures[:] = 0
        before = self._load(order, slot, again)
        finite, kernels = self._train(order._replace(first_step=first), slot, before)
        self._store(order, slot)
        failpoint("stored", order.round, order.worker)
        return Report(
            order.worker, float(figures[0]), float(figures[1]), int(figures[2]), finite,
            time.perf_counter() - started, kernels,
        )

    def _train(self, order: Order, slot: int, before: int) -> tuple[bool, float]:
        run, space, shared = self._run, self._space, self._shared
        progress, figures = shared.progress(slot), shared.figures[slot]
        at, finite, kernels = order.first_step, True, 0.0
        batches = self._sampler.batches(order.worker, order.round, at, order.stop_step)
        while at < order.stop_step and not shared.stopped:
            stop = min(order.stop_step, self._exchange.next_exchange(at))
            progress[BEGUN] = stop
            failpoint("task", order.round, order.worker)
            part = order._replace(first_step=at, stop_step=stop)
            steps = batches.steps[at - order.first_step : stop - order.first_step]
            job = job_of(
                run, self._sampler, space, Batches(batches.order, steps), part, at - before
            )
            if self._copies:
                job = replace(job, shared=shared.center)
            began = time.perf_counter()
            outcome = run.plan.solver.train(job)
            kernels += time.perf_counter() - began
            self._replica.trained()
            failpoint("trained", order.round, order.worker)
            if all_finite(space.theta):
                self._exchange.exchange(self._replica, stop, stop == order.stop_step)
                figures[:3] += outcome.loss, outcome.weight, outcome.evaluations
            else:
                finite = False
                if run.plan.on_divergence == "stop" or self._exchange.in_place:
                    break
                # What has diverged never reaches the center.
                self._replica.begin()
                space.state[:] = 0
                before = stop
            progress[PUSHED] = at = stop
        return finite, kernels

    def _load(self, order: Order, slot: int, again: bool) -> int:
        # The worker's own vectors; steps that were taken before their state was zero.
        space, plan = self._space, self._run.plan
        own = self._buffers.slot(order.round - 1, slot)
        begun = int(self._shared.progress(slot)[BEGUN])
        # Before a worker's first order its slot holds what a checkpoint has kept.
        trained = order.round > 0 and begun > 0
        apart = order.round > 0 and self._exchange.keeps_replicas
        if apart and not again:
            repack(space.dense, own[0], space.layers, space.theta)
        elif self._copies:
            copy(self._shared.center, space.theta)
        elif not self._exchange.in_place:
            self._replica.begin()
        kept = apart or (order.round > 0 and plan.solver_state == "keep")
        if plan.solver_state == "reset" or not (trained or kept):
            space.state[:] = 0
            return begun if again else order.first_step
        for vector, row in zip(own[1:], space.state, strict=True):
            repack(space.dense, vector, space.layers, row)
        return 0

    def _store(self, order: Order, slot: int) -> None:
        space, target = self._space, self._buffers.slot(order.round, slot)
        repack(space.layers, space.theta, space.dense, target[0])
        if self._run.plan.solver_state != "reset":
            for row, vector in zip(space.state, target[1:], strict=True):
                repack(space.layers, row, space.dense, vector)
