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
from fastavg.kernels.network.layout import FAN_OUT, Samples, Scratch, stride
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.kernels.network.packing import all_finite, repack
from fastavg.kernels.numerics.product import TILE
from fastavg.kernels.split.slice_steps import Memory, Slice, slice_steps
from fastavg.losses import own_loss
from fastavg.machine.failpoints import failpoint
from fastavg.machine.resources import usable_cpus
from fastavg.networks.aligned import aligned
from fastavg.networks.layer_slices import LayerSlice
from fastavg.networks.workspace import dense_table
from fastavg.solvers.minibatch import FLOPS_PER_CALL, MiniBatch
from fastavg.training.center import CenterBuffers
from fastavg.training.programs.contract import Order, Report
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
        self._dense = dense_table(run.network)
        self._loss = plan.loss or own_loss(run.network.output)
        self._member = -1
        self._slice: LayerSlice
        self._memory: Memory

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
        self._become(order.part)
        self._load(order, slot)
        began = time.perf_counter()
        loss, weight, complete = self._train(order, group)
        ended = time.perf_counter()
        failpoint("trained", order.round, order.worker)
        if not complete:
            return _lost(order, started)
        self._store(order, slot)
        failpoint("stored", order.round, order.worker)
        steps = order.stop_step - order.first_step
        return Report(
            order.worker, loss, weight, steps, bool(all_finite(self._memory.theta)),
            time.perf_counter() - started, ended - began,
        )

    def _become(self, member: int) -> None:
        # Memory of one slice at a time: that is what slices are for.
        if member == self._member:
            return
        network, plan = self._run.network, self._run.plan
        rows, dtype, outputs = int(plan.batch_size), plan.numpy_dtype, network.layer_sizes[-1]
        own = LayerSlice(network, rows, member, self._slices, dtype)
        widest = max(1, int(own.layers[:, FAN_OUT].max()))
        ones = aligned(rows, dtype)
        ones[:] = 1
        self._member, self._slice = member, own
        self._memory = Memory(
            aligned(own.size, dtype),
            aligned(plan.solver.n_vectors * own.size, dtype).reshape(-1, own.size),
            Scratch(
                blocks=aligned(rows * stride(outputs), dtype),
                errors=aligned(2 * rows * widest, dtype), gradient=aligned(own.size, dtype),
                bias=aligned(widest, dtype), ones=ones, tile=aligned(TILE, dtype),
                columns=aligned(rows * (2 * outputs + 2), dtype), figures=np.zeros(2 * rows),
                settings=np.array(self._loss.settings()),
            ),
        )

    def _load(self, order: Order, slot: int) -> None:
        own, memory, plan, buffers = self._slice, self._memory, self._run.plan, self._buffers
        center = buffers.center(order.round)
        weights = center[0]
        if plan.averaging.keeps_replicas and order.round:
            weights = np.empty_like(weights)
            plan.averaging.start(center[0], buffers.slot(order.round - 1, slot)[0], weights)
        repack(own.view, weights, own.layers, memory.theta)
        if plan.solver_state == "average":
            source = center[1:]
        elif plan.solver_state == "keep" and order.round:
            source = buffers.slot(order.round - 1, slot)[1:]
        else:
            memory.state[:] = 0
            return
        for vector, row in zip(source, memory.state, strict=True):
            repack(own.view, vector, own.layers, row)

    def _store(self, order: Order, slot: int) -> None:
        own, memory = self._slice, self._memory
        target = self._buffers.slot(order.round, slot)
        repack(own.layers, memory.theta, own.view, target[0])
        if self._run.plan.solver_state != "reset":
            for row, vector in zip(memory.state, target[1:], strict=True):
                repack(own.layers, row, own.view, vector)

    def _train(self, order: Order, group: SliceGroup) -> tuple[float, float, bool]:
        run, sampler, own = self._run, self._sampler, self._slice
        plan, solver, rows = run.plan, run.plan.solver, run.rows
        assert isinstance(solver, MiniBatch)
        first, stop = order.first_step, order.stop_step
        batches: Batches = sampler.batches(order.worker, order.round, first, stop)
        before = 0 if plan.solver_state == "reset" else first
        hyper = solver.numbers(before, stop - first)
        hyper[STEP_AT] = before
        rates = solver.learning_rate * order.rate_factor * solver.schedule.factors(
            first, stop, plan.total_steps(sampler), sampler.batch, sampler.steps_per_epoch
        )
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
        code, output = solver.code(plan.dtype), self._loss.code(run.network.output, plan.dtype)
        stride_ = max(1, int(FLOPS_PER_CALL // max(1, sampler.batch * run.network.flops_per_row)))
        loss = weight = 0.0
        for at in range(0, stop - first, stride_):
            part = slice(at, at + stride_)
            one = slice_steps(
                slice_, self._memory, output, code, hyper, rates[part],
                plan.regularization.l2, data, batches.steps[part],
            )
            if not one[2]:
                return 0.0, 0.0, False
            loss, weight = loss + one[0], weight + one[1]
        return float(loss), float(weight), True


def _lost(order: Order, started: float) -> Report:
    return Report(order.worker, 0.0, 0.0, LOST, True, time.perf_counter() - started, 0.0)
