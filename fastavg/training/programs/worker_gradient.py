"""The gradient of one worker's batch, for gradient averaging on several ranks.

It has the bits that the worker's gradient has in a block
(:class:`~fastavg.training.programs.block_of_gradients.BlockOfGradients`).
"""

from __future__ import annotations

import time

import numpy as np

from fastavg.kernels.blocks.gradient_steps import worker_gradient
from fastavg.kernels.blocks.records import Training
from fastavg.kernels.network.layout import Samples
from fastavg.kernels.network.packing import all_finite
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.solvers import MiniBatch
from fastavg.solvers.deformed_rows import deformed_rows
from fastavg.training.center import CenterBuffers
from fastavg.training.panel_memory import in_panels
from fastavg.training.programs.contract import Order, Report
from fastavg.training.programs.layer_products import choose_products
from fastavg.training.programs.panel_work import PanelGradient
from fastavg.training.run import Run


class WorkerGradient:
    """Evaluates gradients of single batches; made once in every process.

    The weights are those in the block's memory, in a worker's layout; the gradient goes to the
    worker's vector there.

    Parameters
    ----------
    run : Run
        What is trained.
    buffers : CenterBuffers
        With memory for blocks.
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
        self._deformed = deformed_rows(plan.augment, plan.seed)
        choose_products(self._space, run)
        self._panels: PanelGradient | None = None
        if in_panels(run):
            self._panels = PanelGradient(run, self._space)

    def __call__(self, order: Order) -> Report:
        """Evaluate the gradient of the order's first step."""
        began = time.perf_counter()
        plan, space, rows, block = self._run.plan, self._space, self._run.rows, self._buffers.block
        assert block is not None
        assert isinstance(plan.solver, MiniBatch)
        batches = self._sampler.batches(
            order.worker, order.round, order.first_step, order.first_step + 1
        )
        first, count = batches.steps[0].tolist()
        data = Samples(space.inputs_of(rows.X), rows.Y, rows.weights, batches.order)
        if self._deformed is not None:
            epoch = np.array([order.first_step // max(1, int(self._sampler.steps_per_epoch))])
            data, taken = self._deformed.samples(data, batches.steps[:1], epoch)
            first = int(taken[0, 0])
        index, theta = order.worker - self._workers.start, block.common[0]
        slot = block.vectors[index]
        if self._panels is not None:
            ready = time.perf_counter()
            loss, weight = self._panels(data, first, count, theta, slot)
        else:
            training = Training(
                space.layers, space.dense, space.loss, plan.solver.code(plan.dtype), 0.0,
                space.scratch, data,
            )
            space.theta[:] = theta
            space.pack_weights()
            ready = time.perf_counter()
            loss, weight = worker_gradient(
                training, None, theta, slot, first, count, index, order.first_step
            )
        finite = bool(np.isfinite(loss)) and bool(all_finite(slot))
        ended = time.perf_counter()
        return Report(
            order.worker, float(loss), float(weight), int(count > 0), finite, ended - began,
            ended - ready,
        )
