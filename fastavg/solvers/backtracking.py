"""Gradient descent that finds its own learning rate, step by step.

Each step starts from a rate a little above the last one's and shrinks it until the
batch's objective has fallen by a fair part of what its derivative promised (Armijo 1966;
on mini-batches Vaswani et al. 2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastavg.options import INSIDE, POSITIVE, at_least, check_options, option, whole
from fastavg.solvers.contract import SOLVERS, Job, Outcome
from fastavg.solvers.objective import BatchObjective


@SOLVERS.member("line-search")
@dataclass(frozen=True)
class BacktrackingSGD:
    """Stochastic gradient descent with a backtracking line search in place of a rate.

    Parameters
    ----------
    first_rate : float
        The learning rate that a round tries first.
    decrease : float
        Sufficient decrease: the fraction of the decrease predicted by the gradient that a step must
        reach.
    shrink : float
        Factor on the rate after a step without sufficient decrease.
    growth : float
        Factor by which the rate grows over one local epoch of accepted steps.
    tries : int
        Most evaluations of a step; after that the weights stay unchanged.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> BacktrackingSGD().n_vectors
    0
    """

    first_rate: float = option(1.0, check=POSITIVE)
    decrease: float = option(0.1, check=INSIDE)
    shrink: float = option(0.5, check=INSIDE)
    growth: float = option(2.0, check=at_least(1))
    tries: int = option(30, check=whole(1))

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_vectors(self) -> int:
        """None: the rate is found anew in every round."""
        return 0

    def train(self, job: Job) -> Outcome:
        """One step down each batch's objective.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers.
        """
        from fastavg.kernels.network.vectors import advance, dot

        theta, scratch = job.workspace.theta, job.workspace.scratch
        origin, gradient = np.zeros_like(theta), np.zeros_like(theta)
        empty = scratch.gradient[:0]
        rate = self.first_rate * job.rate_factor
        widen = self.growth ** (job.epochs / max(1, len(job.batches.steps)))
        loss = weight = 0.0
        evaluations = 0
        for first, rows in job.batches.steps.tolist():
            objective = BatchObjective(job, first, rows)
            if not objective.weight:
                continue
            origin[:] = theta
            start = objective(theta, gradient)
            loss, weight = loss + objective.loss, weight + objective.weight
            promised = dot(gradient, gradient)
            for _ in range(self.tries):
                advance(origin, -rate, gradient, theta)
                if objective(theta, empty) <= start - self.decrease * rate * promised:
                    rate *= widen
                    break
                rate *= self.shrink
            else:
                theta[:] = origin
            evaluations += objective.evaluations
        return Outcome(loss, weight, evaluations)
