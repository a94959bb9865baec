"""A block of gradient averaging: what one process does in many steps at a time.

Every worker leaves the gradient of its rows; the processes average them and move the weights
and the optimizer's state, which exist once, each process its own part.
"""

from __future__ import annotations

import time

import numpy as np

from fastavg.kernels.blocks.barrier import Barrier, looks_before_sleep, naps
from fastavg.kernels.blocks.gradient_memory import GradientMemory
from fastavg.kernels.blocks.gradient_steps import average_gradients
from fastavg.kernels.blocks.records import TRAINING, Share, Steps, Training
from fastavg.kernels.blocks.segments import part_of, pieces_of, segments_of
from fastavg.kernels.network.layout import Samples
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.machine.resources import usable_cpus
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.solvers import MiniBatch
from fastavg.solvers.minibatch import FLOPS_PER_CALL
from fastavg.training.block_memory import MOST_ROUNDS
from fastavg.training.center import CenterBuffers
from fastavg.training.panel_memory import in_panels
from fastavg.training.programs.block_of_rounds import PATIENCE, regular_of, rows_and_steps
from fastavg.training.programs.contract import Order, Report
from fastavg.training.programs.layer_products import choose_products
from fastavg.training.programs.panel_work import WHOLE, PanelBlock, Part
from fastavg.training.run import Run


class BlockOfGradients:
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
        self._space = space = workspace_of(
            run.rows.X, network, self._sampler.batch, loss=plan.loss, dropped=drops[1:].tolist()
        )
        choose_products(space, run)
        self._segments = segments_of(space.dense, space.layers)
        self._pieces = pieces_of(space.layers, space.theta.size)
        self._regular = regular_of(plan, space, workers)
        self._processors = usable_cpus()
        self._panels: PanelBlock | None = None
        if in_panels(run):
            self._panels = PanelBlock(run, buffers, workers, space.rows)

    def __call__(self, order: Order) -> Report:
        """Take this process's part in the block's steps."""
        began = time.perf_counter()
        block, members = self._buffers.block, order.members
        assert block is not None
        share = Share(
            order.worker, *part_of(order.worker, members, len(self._workers)),
            *part_of(order.worker, members, block.squares.size),
        )
        barrier = Barrier(
            block.words, members, looks_before_sleep(members, self._processors), naps(PATIENCE)
        )
        taken = self._workers
        if self._panels is None:
            taken = taken[share.first_worker : share.stop_worker]
        rows, steps = rows_and_steps(self._run, self._sampler, taken, order, self._space.layers)
        steps.hyper[STEP_AT] = 0 if self._run.plan.solver_state == "reset" else steps.first
        plan, space, data = self._run.plan, self._space, self._run.rows
        assert isinstance(plan.solver, MiniBatch)
        given = barrier, share, Training(
            space.layers, space.dense, space.loss, plan.solver.code(plan.dtype),
            float(plan.regularization.l2), space.scratch,
            Samples(space.inputs_of(data.X), data.Y, data.weights, rows),
        )
        if order.stop_round - order.round > 1:
            rounds = self._average(given, steps, order, WHOLE)
        else:
            rounds = self._long_round(given, steps, order)
        return Report(
            order.worker, 0.0, 0.0, 0, True, time.perf_counter() - began,
            float(block.spent[order.worker, TRAINING]), int(rounds),
        )

    def _average(
        self, given: tuple[Barrier, Share, Training], steps: Steps, order: Order, part: Part
    ) -> int:
        if self._panels is not None:
            return self._panels(given, steps, order, part)
        rounds: int = average_gradients(
            *given, self._regular, steps, self._segments, self._pieces,
            self._memory(order, part),
        )
        return rounds

    def _memory(self, order: Order, part: Part) -> GradientMemory:
        buffers, block, count = self._buffers, self._buffers.block, len(self._workers)
        assert block is not None
        centers = buffers.whole_centers
        return GradientMemory(
            block.common[0], block.common[1:], block.vectors[:count],
            block.totals, block.squares, centers[order.round % 2],
            centers[order.stop_round % 2], block.figures[part.at :], block.spent, part.loads,
            part.stores,
        )

    def _long_round(
        self, given: tuple[Barrier, Share, Training], steps: Steps, order: Order
    ) -> int:
        """One round, in calls short enough to be interrupted; its figures go to the first row."""
        block, n = self._buffers.block, len(steps.rates)
        assert block is not None
        flops = self._space.rows * self._space.flops_per_row * len(self._workers)
        stride = max(1, int(FLOPS_PER_CALL // flops), -(-n // MOST_ROUNDS))
        begins, spent = list(range(0, n, stride)) or [0], np.zeros(3)
        for at, begin in enumerate(begins):
            end = min(begin + stride, n)
            some = Steps(
                steps.batches[:, begin:end].copy(), np.array([0, end - begin]),
                steps.rates[begin:end], steps.hyper, steps.first + begin,
            )
            done = self._average(given, some, order, Part(at, at == 0, at == len(begins) - 1))
            if done != 1:
                return int(done)
            spent += block.spent[order.worker]
        mine = slice(given[1].first_worker, given[1].stop_worker)
        block.figures[0, mine] = block.figures[: len(begins), mine].sum(axis=0)
        block.spent[order.worker] = spent
        return 1


