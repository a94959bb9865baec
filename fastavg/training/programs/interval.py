"""Some steps of one worker of simulated asynchrony, from weights that the parent has chosen.

A pure function of what the worker's slot holds: it reads one of its two places and writes the
other.
"""

from __future__ import annotations

import time

from fastavg.kernels.network.packing import all_finite
from fastavg.machine.failpoints import failpoint
from fastavg.training.center import CenterBuffers
from fastavg.training.interval_slots import IntervalSlots
from fastavg.training.programs.contract import Order, Report
from fastavg.training.programs.minibatch_job import job_of, training_space
from fastavg.training.run import Run


class Interval:
    """Trains workers for some steps; made once in every process.

    Parameters
    ----------
    run : Run
        What is trained.
    buffers : CenterBuffers
        The workers' vectors lie beside its slots.
    workers : range
        The workers of this rank.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        self._run, self._workers = run, workers
        self._sampler = run.sampler()
        self._slots = IntervalSlots(buffers.beside, run.network, run.plan, len(workers))
        self._space = training_space(run, self._sampler)

    def __call__(self, order: Order) -> Report:
        """Take the order's steps from what the worker's slot holds."""
        started = time.perf_counter()
        run, space, slot = self._run, self._space, order.worker - self._workers.start
        given, left = self._slots.given(slot), self._slots.left(slot)
        space.theta[:], space.state[:] = given[0], given[1:]
        batches = self._sampler.batches(
            order.worker, order.round, order.first_step, order.stop_step
        )
        before = 0
        if run.plan.solver_state == "reset":
            before = run.plan.span(self._sampler, order.round)[0]
        failpoint("task", order.round, order.worker)
        began = time.perf_counter()
        outcome = run.plan.solver.train(
            job_of(run, self._sampler, space, batches, order, order.first_step - before)
        )
        ended = time.perf_counter()
        failpoint("trained", order.round, order.worker)
        left[0], left[1:] = space.theta, space.state
        return Report(
            order.worker, float(outcome.loss), float(outcome.weight), outcome.evaluations,
            bool(all_finite(space.theta)), time.perf_counter() - started, ended - began,
        )
