"""The mean of all workers' objectives, as one function of the weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fastavg.averaging.reduction import combine
from fastavg.networks.workspace import dense_table
from fastavg.solvers.objective import Vector
from fastavg.training.programs import Order
from fastavg.training.programs.gradient import worker_l2

if TYPE_CHECKING:
    from fastavg.training.session import Session


class MeanObjective:
    """Every worker evaluates its own rows; value and gradient are weighted means.

    A function of (theta, gradient): the value at ``theta`` is returned, the gradient is
    written to ``gradient``.  The value is the mean loss of all rows plus
    ``l2 / (2 rows) * |W|^2``, biases left out; for conjugate gradients ``workers`` times it.

    Parameters
    ----------
    session : Session
        Its next center is the point; it is left at the last one evaluated.
    step : int
        Whose mini-batch every worker evaluates, counted from the start of the run.

    Attributes
    ----------
    evaluations : int
        Of all workers together.
    loss : float
        Summed loss of all rows at the last evaluation, without the penalty.
    rows : float
        Their summed weight.
    """

    def __init__(self, session: Session, step: int) -> None:
        self._session, self._step = session, step
        self._layers = dense_table(session.run.network)
        self.evaluations, self.loss, self.rows = 0, 0.0, 0.0

    def __call__(self, theta: Vector, gradient: Vector) -> float:
        """The value at ``theta``, NaN if it is not finite; the gradient goes to ``gradient``."""
        session, plan, step = self._session, self._session.run.plan, self._step
        round = session.rounds
        session.buffers.center(round + 1)[0] = theta
        reports = session.carry_out([
            Order("gradient", round, worker, step, step + 1) for worker in session.workers
        ])
        self.evaluations += int(sum(report.evaluations for report in reports))
        self.rows = sum(report.weight for report in reports)
        if not all(report.finite for report in reports) or not self.rows:
            return math.nan
        shares = [report.weight / self.rows for report in reports]
        combine(
            session.buffers.slots(round, 0), shares, gradient, session.communicator,
            plan.reduction,
        )
        from fastavg.kernels.network.dense import squared_weights

        self.loss = sum(report.loss for report in reports)
        share = worker_l2(plan) * plan.workers / self.rows
        return self.loss / self.rows + 0.5 * share * float(squared_weights(self._layers, theta))
