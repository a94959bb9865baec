"""One slice of a worker's local training, at the same time as the other slices.

It is a pure function of the committed state, like local training of a whole network, whose
work all slices of a worker do together.  An order that finds itself begun already has lost its
process: it makes the other slices leave, and the parent begins all of them anew.
"""

from __future__ import annotations

import time

import numpy as np

from fastavg.data.sampling import Batches
from fastavg.kernels.blocks.barrier import LINE, Barrier, abort, looks_before_sleep, naps
from fastavg.kernels.network.layout import Samples
from fastavg.kernels.network.packing import all_finite
from fastavg.kernels.split.slice_steps import Slice, slice_steps
from fastavg.machine.failpoints import failpoint
from fastavg.machine.resources import usable_cpus
from fastavg.solvers.minibatch import FLOPS_PER_CALL
from fastavg.training.center import CenterBuffers
from fastavg.training.programs.contract import Order, Report
from fastavg.training.programs.slice_memory import (
    SliceMemory,
    codes_of,
    numbers_of,
    started_from,
)
from fastavg.training.run import Run
from fastavg.training.slice_group import SliceGroup, group_of

# Seconds at a barrier after which a slice gives up.
PATIENCE = 120.0
LOST = -1


class SliceTraining:
    """Trains slices of one run's workers, one order after the other.

    Parameters
    ----------
    run : Run
        What is trained; its plan's algorithm says in how many slices.
    buffers : CenterBuffers
        Centers to start from, slots for the results, and beside them where slices meet.
    workers : range
        The workers of this rank.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        self._run, self._buffers, self._workers = run, buffers, workers
        plan = run.plan
        self._sampler = run.sampler()
        self._slices = plan.algorithm.parts
        self._own: SliceMemory | None = None

    def __call__(self, order: Order) -> Report:
        """Train the order's slice from the center; leave its weights in the worker's slot."""
        started = time.perf_counter()
        slot, plan = order.worker - self._workers.start, self._run.plan
        group = group_of(self._buffers.beside, self._run.network, plan, self._slices, slot)
        if group.begun[order.part * LINE]:
            abort(group.words)
            return _lost(order, started)
        group.begun[order.part * LINE] = 1
        failpoint("task", order.round, order.worker)
        own = self._become(order.part)
        self._load(own, order, slot)
        began = time.perf_counter()
        loss, weight, complete = self._train(own, order, group)
        ended = time.perf_counter()
        failpoint("trained", order.round, order.worker)
        if not complete:
            return _lost(order, started)
        own.store(self._buffers.slot(order.round, slot))
        failpoint("stored", order.round, order.worker)
        steps = order.stop_step - order.first_step
        return Report(
            order.worker, loss, weight, steps, bool(all_finite(own.memory.theta)),
            time.perf_counter() - started, ended - began,
        )

    def _become(self, member: int) -> SliceMemory:
        # Memory of one slice at a time: that is what slices are for.
        if self._own is None or self._own.member != member:
            self._own = None
            self._own = SliceMemory(self._run, member, self._slices)
        return self._own

    def _load(self, own: SliceMemory, order: Order, slot: int) -> None:
        plan, buffers = self._run.plan, self._buffers
        kept = buffers.slot(order.round - 1, slot) if order.round else None
        own.load(*started_from(plan, buffers.center(order.round), kept))

    def _train(
        self, memory: SliceMemory, order: Order, group: SliceGroup
    ) -> tuple[float, float, bool]:
        run, sampler, own = self._run, self._sampler, memory.slice
        plan, rows, first, stop = run.plan, run.rows, order.first_step, order.stop_step
        batches: Batches = sampler.batches(order.worker, order.round, first, stop)
        hyper, rates = numbers_of(run, sampler, order)
        slice_ = Slice(
            own.layers, own.lows, run.network.layer_sizes[-1], own.out_at, group.shared,
            group.parts, order.part, Barrier(
                group.words, self._slices, looks_before_sleep(self._slices, usable_cpus()),
                naps(PATIENCE),
            ),
        )
        # The algorithm refuses sparse rows.
        assert isinstance(rows.X, np.ndarray)
        data = Samples(rows.X, rows.Y, rows.weights, batches.order)
        code, output = codes_of(run)
        stride_ = max(1, int(FLOPS_PER_CALL // max(1, sampler.batch * run.network.flops_per_row)))
        loss = weight = 0.0
        for at in range(0, stop - first, stride_):
            part = slice(at, at + stride_)
            one = slice_steps(
                slice_, memory.memory, output, code, hyper, rates[part],
                plan.regularization.l2, data, batches.steps[part],
            )
            if not one[2]:
                return 0.0, 0.0, False
            loss, weight = loss + one[0], weight + one[1]
        return float(loss), float(weight), True


def _lost(order: Order, started: float) -> Report:
    return Report(order.worker, 0.0, 0.0, LOST, True, time.perf_counter() - started, 0.0)
