"""Steps along the mean gradient of workers on several ranks.

.. code-block:: text

    every rank    gradients of its workers --> reduce-scatter, allgather --> mean of all
    every rank    the same step of the optimizer on its own copy of weights and state

The arithmetic is that of a block of gradient averaging on one host, and so are the bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastavg.averaging.reduction import Slots, combine
from fastavg.errors import ConfigError, Diverged
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.solvers import MiniBatch
from fastavg.solvers.weight_blocks import TrainedVector
from fastavg.training.programs import Order

if TYPE_CHECKING:
    from fastavg.kernels.blocks.records import Training
    from fastavg.training.session import Session


class GradientSteps:
    """Trains rounds of gradient averaging step by step.

    Parameters
    ----------
    session : Session
        An open run whose buffers have memory for blocks.

    Raises
    ------
    ConfigError
        If the plan has dropout, an L1 penalty or limits, which need a single host and rows as
        they are.
    """

    def __init__(self, session: Session) -> None:
        from fastavg.kernels.blocks.segments import pieces_of
        from fastavg.networks.column_panels import column_panels
        from fastavg.training.panel_memory import in_panels

        run, block = session.run, session.buffers.block
        if run.plan.regularization.active:
            raise ConfigError(
                "dropout, l1, max_norm, max_change, clip_norm and clip_value go with "
                "gradient-averaging on a single host and without augment; l2 goes with ranks "
                "and augment too"
            )
        assert block is not None
        self._session, self._block = session, block
        self._space = workspace_of(run.rows.X, run.network, 1, loss=run.plan.loss)
        # Where the same weights are in the public vectors and in those of the workers.
        self._dense, self._wide = self._space.dense, self._space.layers
        if in_panels(run):
            panels = column_panels(run.network, 1, run.plan.dtype)
            self._dense, self._wide, self._pieces = panels.dense, panels.table, panels.pieces
        else:
            self._pieces = pieces_of(self._space.layers, self._space.theta.size)
        self._mean = np.zeros(session.buffers.wide, run.plan.dtype)

    def round(self, round: int) -> tuple[float, float, int]:
        """Take a round's steps; loss, rows and evaluations of all workers.

        Parameters
        ----------
        round : int
            Which round, from 0; the next center is written.

        Raises
        ------
        Diverged
            If a gradient is not finite.
        """
        from fastavg.kernels.blocks.chunk_steps import step_along
        from fastavg.kernels.network.optimizers import STEP_AT
        from fastavg.kernels.network.packing import repack

        session, block = self._session, self._block
        plan, solver, sampler = session.run.plan, session.run.plan.solver, session.sampler
        assert isinstance(solver, MiniBatch)
        count = len(session.workers)
        gradients, theta, state = block.vectors[:count], block.common[0], block.common[1:]
        center, following = session.buffers.center(round), session.buffers.center(round + 1)
        state[:] = 0
        for dense, wide in zip(center, (theta, *state), strict=False):
            repack(self._dense, dense, self._wide, wide)
        first, stop = plan.span(sampler, round)
        before = 0 if plan.solver_state == "reset" else first
        warm = solver.schedule.warm_steps(plan.total_steps(sampler), sampler.steps_per_epoch)
        vector = TrainedVector(
            session.run.network, self._space.layers, plan.total_steps(sampler)
        )
        hyper = solver.numbers(before, stop - first, warm, vector)
        hyper[STEP_AT] = before
        rates = solver.learning_rate * session.directive().rate_factor * solver.schedule.factors(
            first, stop, plan.total_steps(sampler), sampler.batch, sampler.steps_per_epoch
        )
        training = self._training()
        slots = Slots(gradients.reshape(-1), np.arange(count) * gradients.shape[1])
        loss, rows, evaluations = 0.0, 0.0, 0
        for step, rate in zip(range(first, stop), rates.tolist(), strict=True):
            reports = session.carry_out([
                Order("worker gradient", round, worker, step, step + 1)
                for worker in session.workers
            ])
            if not all(report.finite for report in reports):
                raise Diverged(round, None)
            total = sum(report.weight for report in reports)
            shares = [report.weight / total if total else 0.0 for report in reports]
            combine(slots, shares, self._mean, session.communicator, plan.reduction)
            step_along(
                training, hyper, rate, self._pieces, theta, state, self._mean, float(total)
            )
            loss += sum(report.loss for report in reports)
            rows += total
            evaluations += len(reports)
        for dense, wide in zip(following, (theta, *state), strict=False):
            repack(self._wide, wide, self._dense, dense)
        return loss, rows, evaluations

    def _training(self) -> Training:
        from fastavg.kernels.blocks.records import Training
        from fastavg.kernels.network.layout import Samples

        plan, space, data = self._session.run.plan, self._space, self._session.run.rows
        assert isinstance(plan.solver, MiniBatch)
        return Training(
            space.layers, space.dense, space.loss, plan.solver.code(plan.dtype),
            float(plan.regularization.l2), space.scratch,
            Samples(space.inputs_of(data.X), data.Y, data.weights, np.zeros(0, np.int64)),
        )
