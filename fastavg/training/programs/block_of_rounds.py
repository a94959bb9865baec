"""A block of model averaging: what one process does in many rounds at a time.

It is a pure function of (center, the workers' own vectors, rounds, plan), like
:class:`~fastavg.training.programs.local_training.LocalTraining` of one worker's round, and
leaves the bits that so many rounds one after the other would leave.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sampling import Batches, Sampler
from fastavg.data.sampling_schemes import BY_EPOCH
from fastavg.kernels.blocks.barrier import Barrier, looks_before_sleep, naps
from fastavg.kernels.blocks.local_rounds import LocalMemory, average_rounds
from fastavg.kernels.blocks.records import (
    AVERAGE,
    KEEP,
    RESET,
    TRAINING,
    OuterRule,
    Regular,
    Share,
    Steps,
    Training,
)
from fastavg.kernels.blocks.segments import chunks_of, part_of, segments_of
from fastavg.kernels.network.layout import Samples
from fastavg.machine.resources import usable_cpus
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.networks.workspace import Workspace
from fastavg.plan.plan import Plan
from fastavg.randomness import key
from fastavg.solvers import MiniBatch
from fastavg.solvers.weight_blocks import TrainedVector
from fastavg.training.center import CenterBuffers
from fastavg.training.programs.contract import Order, Report
from fastavg.training.programs.layer_products import choose_products
from fastavg.training.run import Run

STATE_MODES = {"average": AVERAGE, "reset": RESET, "keep": KEEP}
# Seconds after which a process gives up waiting for another; the parent is quicker.
PATIENCE = 300.0


class BlockOfRounds:
    """Takes part in blocks of one run; made once in every process.

    Parameters
    ----------
    run : Run
        What is trained.
    buffers : CenterBuffers
        Centers to start from, and the memory that the processes of a block share.
    workers : range
        The workers of this host, which are all of the run's.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        self._run, self._buffers, self._workers = run, buffers, workers
        plan, network = run.plan, run.network
        self._sampler = run.sampler()
        drops = plan.regularization.drops_of(network)
        self._space = workspace_of(
            run.rows.X, network, self._sampler.batch, loss=plan.loss, dropped=drops[1:].tolist()
        )
        choose_products(self._space, run)
        self._segments = segments_of(self._space.dense, self._space.layers)
        self._regular = regular_of(plan, self._space, workers)
        self._processors = usable_cpus()

    def __call__(self, order: Order) -> Report:
        """Train this process's workers and average its part of the vector, round by round."""
        began = time.perf_counter()
        block, count = self._buffers.block, len(self._workers)
        assert block is not None
        first, members = order.round, order.members
        first_worker, stop_worker = part_of(order.worker, members, count)
        first_chunk, stop_chunk = chunks_of(order.worker, members, self._segments)
        share = Share(order.worker, first_worker, stop_worker, first_chunk, stop_chunk)
        barrier = Barrier(
            block.words, members, looks_before_sleep(members, self._processors), naps(PATIENCE)
        )
        mine = self._workers[share.first_worker : share.stop_worker]
        rows, steps = rows_and_steps(self._run, self._sampler, mine, order, self._space.layers)
        rounds = average_rounds(
            barrier, share, self._training(rows), self._regular, steps, self._segments,
            self._rule(first, order.stop_round), self._memory(first, order.stop_round),
        )
        spent = block.spent[order.worker]
        return Report(
            order.worker, 0.0, 0.0, 0, True, time.perf_counter() - began,
            float(spent[TRAINING]), int(rounds),
        )

    def _training(self, order: NDArray[np.int64]) -> Training:
        plan, space, rows = self._run.plan, self._space, self._run.rows
        solver = plan.solver
        assert isinstance(solver, MiniBatch)
        return Training(
            space.layers, space.dense, space.loss, solver.code(plan.dtype),
            float(plan.regularization.l2), space.scratch,
            Samples(space.inputs_of(rows.X), rows.Y, rows.weights, order),
        )

    def _rule(self, first: int, stop: int) -> OuterRule:
        plan, states = self._run.plan, self._buffers.rule_states
        form = plan.averaging.in_block(plan.dtype)
        assert form is not None
        return OuterRule(form.code, form.numbers, states[first % 2], states[stop % 2])

    def _memory(self, first: int, stop: int) -> LocalMemory:
        # A block of an odd number of rounds reads and writes what its rounds would.
        plan, buffers, block = self._run.plan, self._buffers, self._buffers.block
        assert block is not None
        centers, slots = buffers.whole_centers, buffers.whole_slots
        depth = len(slots)
        return LocalMemory(
            block.of_workers, STATE_MODES[plan.solver_state], first == 0,
            centers[first % 2], centers[stop % 2],
            slots[(first - 1) % depth], slots[(stop - 1) % depth],
            block.figures, block.spent,
        )


def regular_of(plan: Plan, space: Workspace, workers: range) -> Regular | None:
    """Dropout, penalties and limits as the kernels of blocks read them; None for none.

    Parameters
    ----------
    plan : Plan
        How to train.
    space : Workspace
        Of this process.
    workers : range
        The workers of this host.
    """
    regularization = plan.regularization
    if not regularization.active:
        return None
    keys = np.array([key(plan.seed, "dropout", worker) for worker in workers], np.uint64)
    drops = regularization.drops_of(space.network)
    return Regular(space.back, regularization.limits(), drops, keys)


def rows_and_steps(
    run: Run, sampler: Sampler, workers: range, order: Order, layers: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Steps]:
    """The rows of a process's workers, one worker after the other, and a block's steps.

    Parameters
    ----------
    run : Run
        What is trained.
    sampler : Sampler
        Of the run's plan.
    workers : range
        Those of this process.
    order : Order
        Of the block.
    layers : array (n_layers, COLUMNS) of int64
        Where the workers' weights lie.

    Returns
    -------
    rows : array of int64
        Numbers of rows, worker after worker and batch after batch.
    steps : Steps
        Where the batches begin, where rounds end, and the rates.
    """
    plan, first, stop = run.plan, order.round, order.stop_round
    solver = plan.solver
    assert isinstance(solver, MiniBatch)
    if order.period:
        bounds = order.first_step + np.arange(stop - first + 1) * order.period
        bounds[-1] = order.stop_step
    else:
        bounds = plan.bounds(sampler, first, stop)
    begin, end = int(bounds[0]), int(bounds[-1])
    rows, tables, at = [np.zeros(0, np.int64)], [], 0
    for worker in workers:
        for batches in _batches(plan, sampler, worker, first, bounds):
            tables.append(batches.steps + np.array([at, 0]))
            rows.append(batches.order)
            at += len(batches.order)
    shape = (len(workers), end - begin, 2)
    table = np.concatenate(tables).reshape(shape) if tables else np.zeros(shape, np.int64)
    rates = solver.learning_rate * order.rate_factor * solver.schedule.factors(
        begin, end, plan.total_steps(sampler), sampler.batch, sampler.steps_per_epoch
    )
    before = 0 if plan.solver_state == "reset" else begin
    warm = solver.schedule.warm_steps(plan.total_steps(sampler), sampler.steps_per_epoch)
    vector = TrainedVector(run.network, layers, plan.total_steps(sampler))
    return np.concatenate(rows), Steps(
        table, bounds - begin, rates, solver.numbers(before, end - begin, warm, vector), begin
    )


def _batches(
    plan: Plan, sampler: Sampler, worker: int, first: int, bounds: NDArray[np.int64]
) -> list[Batches]:
    if plan.sampling.name in BY_EPOCH:
        return [sampler.batches(worker, first, int(bounds[0]), int(bounds[-1]))]
    spans = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    return [
        sampler.batches(worker, round, begin, end)
        for round, (begin, end) in enumerate(spans, first)
    ]
