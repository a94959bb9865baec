"""Gradient averaging: the paper's other way to train in parallel.

The workers' gradients are averaged at every evaluation, and one optimizer follows
their mean, where model averaging lets every worker train alone and averages the
weights where they ended.

.. code-block:: text

    parent    theta -----------------.            mean of gradients --> next theta
                 |                   |                  |
    workers   gradient on        gradient on            |
              batch 0            batch 1 ...            |
                 '-------------------'------------------'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from fastavg.errors import ConfigError, Diverged
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.plan import Plan
from fastavg.solvers import ConjugateGradient, MiniBatch
from fastavg.solvers.conjugate_gradient import descend
from fastavg.training.algorithms.contract import Synchronous
from fastavg.training.algorithms.gradient_steps_of_ranks import GradientSteps
from fastavg.training.algorithms.mean_objective import MeanObjective

if TYPE_CHECKING:
    from fastavg.training.session import Session


@ALGORITHMS.member("gradient-averaging")
@dataclass(frozen=True)
class GradientAveraging(Synchronous):
    """One optimizer on the mean of the workers' gradients.

    With an optimizer of mini-batches every step is one of the whole batch of
    ``workers * batch_size`` rows; its state exists once.  On one host the processes take their
    steps in blocks, and exchange gradients (:mod:`fastavg.kernels.blocks.gradient_steps`) or, with
    many weights, outputs and errors (:mod:`fastavg.kernels.blocks.panel_steps`); between ranks
    gradients are reduced and gathered step by step, with the same bits, and so they are where
    ``augment`` deforms the rows of each step.  With
    :class:`~fastavg.solvers.ConjugateGradient` a round is ``average_every`` line searches
    on the mean of the workers' objectives.

    Examples
    --------
    >>> GradientAveraging().check(Plan(workers=4, solver="sgd"))
    """

    whole_batch: ClassVar[bool] = True
    blocks: ClassVar[tuple[str, ...]] = ("gradients",)

    def check(self, plan: Plan) -> None:
        """Refuse solvers without a gradient step, and rules that average weights.

        See :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        if not isinstance(plan.solver, (ConjugateGradient, MiniBatch)):
            raise ConfigError(
                f"solver is {type(plan.solver).__name__}; gradient-averaging goes with optimizers "
                "such as sgd or adam, and with cg"
            )
        if plan.loss_gap is not None:
            raise ConfigError(
                "loss_gap leaves workers out of an average of weights; it goes with local-sgd"
            )
        if plan.averaging.n_vectors or plan.averaging.keeps_replicas:
            raise ConfigError(
                f"averaging is {type(plan.averaging).__name__}; gradient-averaging averages no "
                "weights and goes with mean"
            )

    def train(self, session: Session) -> None:
        """Train round by round, or in blocks of rounds; see :meth:`Algorithm.train`."""
        steps: GradientSteps | None = None
        for round in session.to_come():
            if isinstance(session.run.plan.solver, ConjugateGradient):
                totals = self._searches(session, round)
            elif session.blocks is not None:
                if not session.blocks.train("gradients", alone=True):
                    raise Diverged(round, None)
                continue
            else:
                steps = steps or GradientSteps(session)
                totals = steps.round(round)
            if not np.isfinite(session.buffers.center(round + 1)[0]).all():
                raise Diverged(round, None)
            session.commit(*totals)

    def _searches(self, session: Session, round: int) -> tuple[float, float, int]:
        plan, solver = session.run.plan, session.run.plan.solver
        assert isinstance(solver, ConjugateGradient)
        theta = session.buffers.center(round)[0].copy()
        step, stop = plan.span(session.sampler, round)
        searches = stop - step if isinstance(plan.average_every, str) else int(plan.average_every)
        mean = MeanObjective(session, step)
        descend(mean, theta, searches, solver.search, solver.slope_ratio)
        session.buffers.center(round + 1)[0] = theta
        return mean.loss * searches, mean.rows * searches, mean.evaluations
