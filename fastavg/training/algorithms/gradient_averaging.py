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

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fastavg.errors import ConfigError, Diverged
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.plan import Plan
from fastavg.solvers import ConjugateGradient, MiniBatch
from fastavg.solvers.conjugate_gradient import descend
from fastavg.training.algorithms.contract import Synchronous
from fastavg.training.algorithms.mean_objective import MeanObjective
from fastavg.training.session import Session


@ALGORITHMS.member("gradient-averaging")
@dataclass(frozen=True)
class GradientAveraging(Synchronous):
    """One optimizer on the mean of the workers' gradients.

    With an optimizer of mini-batches every step is one of the whole batch of
    ``workers * batch_size`` rows; its state exists once.  With
    :class:`~fastavg.solvers.ConjugateGradient` a round is ``average_every`` line searches
    on the mean of the workers' objectives.

    Examples
    --------
    >>> GradientAveraging().check(Plan(workers=4, solver="sgd"))
    """

    whole_batch: ClassVar[bool] = True
    kernels: ClassVar[tuple[str, ...]] = ("search",)

    def check(self, plan: Plan) -> None:
        """Refuse solvers without a gradient step, and steps that need one worker's view.

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
        if plan.regularization.active:
            raise ConfigError(
                "dropout, l1, max_norm, clip_norm and clip_value do not go with "
                "gradient-averaging; l2 does"
            )
        if plan.averaging.n_vectors or plan.averaging.keeps_replicas:
            raise ConfigError(
                f"averaging is {type(plan.averaging).__name__}; gradient-averaging averages no "
                "weights and goes with mean"
            )

    def train(self, session: Session) -> None:
        """Train round by round; a round is committed as a whole; see :meth:`Algorithm.train`."""
        for round in session.to_come():
            if isinstance(session.run.plan.solver, ConjugateGradient):
                loss, rows, evaluations = self._searches(session, round)
            else:
                loss, rows, evaluations = self._steps(session, round)
            if not np.isfinite(session.buffers.center(round + 1)[0]).all():
                raise Diverged(round, None)
            session.commit(loss, rows, evaluations)

    def _searches(self, session: Session, round: int) -> tuple[float, float, int]:
        plan, solver = session.run.plan, session.run.plan.solver
        assert isinstance(solver, ConjugateGradient)
        theta, searches = session.buffers.center(round)[0].copy(), int(plan.average_every)
        step, _ = plan.span(session.sampler, round)
        mean = MeanObjective(session, step)
        descend(mean, theta, searches, solver.search, solver.slope_ratio)
        session.buffers.center(round + 1)[0] = theta
        return mean.loss * searches, mean.rows * searches, mean.evaluations

    def _steps(self, session: Session, round: int) -> tuple[float, float, int]:
        plan, solver, sampler = session.run.plan, session.run.plan.solver, session.sampler
        assert isinstance(solver, MiniBatch)
        # Copies: a round that is broken off leaves the committed center as it was.
        center = session.buffers.center(round).copy()
        if plan.solver_state == "reset":
            center = np.concatenate([center, np.zeros((solver.n_vectors, center.shape[1]))])
            center = center.astype(plan.dtype)
        theta, state, gradient = center[0], center[1:], np.zeros_like(center[0])
        first, stop = plan.span(sampler, round)
        before = first if plan.solver_state == "reset" else 0
        rates = solver.learning_rate * session.directive().rate_factor * solver.schedule.factors(
            first, stop, plan.total_steps(sampler), sampler.batch, sampler.steps_per_epoch
        )
        loss = rows = 0.0
        evaluations = 0
        for step, rate in zip(range(first, stop), rates.tolist(), strict=True):
            mean = MeanObjective(session, step)
            value = mean(theta, gradient)
            if mean.rows:
                if not math.isfinite(value):
                    raise Diverged(round, None)
                solver.step(theta, state, gradient, step - before, rate)
            loss, rows = loss + mean.loss, rows + mean.rows
            evaluations += mean.evaluations
        following = session.buffers.center(round + 1)
        following[:] = center[: len(following)]
        return loss, rows, evaluations
