"""Conjugate gradients with a line search: the paper's way to train.

One local epoch is one line search on the worker's whole sample, and every round
starts afresh from steepest descent.  The step lengths are found, not given: that is
the paper's "learning rate, learned using line search".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.options import POSITIVE, check_options, option
from fastavg.solvers.contract import SOLVERS, Job, Outcome
from fastavg.solvers.objective import BatchObjective, Objective
from fastavg.solvers.wolfe import LINE_SEARCHES, Trial, WolfePowell

Vector = NDArray[np.floating]


class Descent(NamedTuple):
    """How a descent ended: the value, and how many searches found a better point.

    Parameters
    ----------
    value : float
        The objective at the lowest point found.
    searches : int
        Line searches that found a better point.
    """

    value: float
    searches: int


def descend(
    objective: Objective, theta: Vector, searches: int,
    search: WolfePowell | None = None, slope_ratio: float = 100.0,
) -> Descent:
    """Move ``theta`` down an objective by Polak-Ribiere conjugate gradients.

    Parameters
    ----------
    objective : Objective
        What is made small.
    theta : array (n,)
        The start; holds the lowest point found afterwards.
    searches : int
        Line searches to make.
    search : WolfePowell
        How step lengths are found; Rasmussen's constants if not given.
    slope_ratio : float
        The most by which the first step of a search may exceed the last search's step.

    Notes
    -----
    A search that finds no good step is taken back and tried once more straight
    downhill; if that fails as well, this is the end (Rasmussen 2002; Polak and
    Ribiere 1969).

    Examples
    --------
    >>> import numpy as np
    >>> def bowl(theta, gradient):
    ...     gradient[:] = 2 * (theta - [1.0, 2.0]) * [1.0, 10.0]
    ...     return float(np.sum((theta - [1.0, 2.0]) ** 2 * [1.0, 10.0]))
    >>> theta = np.zeros(2)
    >>> descend(bowl, theta, 8).value < 1e-6, theta.round(3)
    (True, array([1., 2.]))
    """
    from fastavg.kernels.network.vectors import advance, dot, redirect

    search = search or WolfePowell()
    origin, gradient = theta.copy(), np.zeros_like(theta)
    following, direction = np.zeros_like(theta), np.zeros_like(theta)
    value = objective(theta, gradient)
    if not math.isfinite(value):
        # There is no way down from here: say so in the weights, which the round checks.
        theta[:] = np.nan
        return Descent(value, 0)

    def ray(step: float) -> Trial:
        advance(origin, step, direction, theta)
        height = objective(theta, following)
        if not math.isfinite(height):
            return Trial(step, math.inf, 0.0)
        return Trial(step, height, dot(following, direction))

    derivative = _downhill(direction, gradient)
    step, steepest, found = 1 / (1 - derivative), True, 0
    for _ in range(searches):
        if not derivative < 0:
            break
        end = search.search(ray, Trial(0.0, value, derivative), step)
        if end is None:
            theta[:] = origin
            if steepest:
                break
            derivative = _downhill(direction, gradient)
            step, steepest = 1 / (1 - derivative), True
            continue
        value, steepest, found = end.value, False, found + 1
        origin[:] = theta
        change = dot(following, following) - dot(gradient, following)
        redirect(change / dot(gradient, gradient), direction, following)
        gradient, following = following, gradient
        before, derivative = derivative, dot(gradient, direction)
        if derivative > 0:
            derivative = _downhill(direction, gradient)
        step = end.step * (min(slope_ratio, before / derivative) if derivative else slope_ratio)
    return Descent(value, found)


def _downhill(direction: Vector, gradient: Vector) -> float:
    """Turn straight downhill; the derivative there."""
    from fastavg.kernels.network.vectors import dot, redirect

    redirect(0.0, direction, gradient)
    return -float(dot(gradient, gradient))


@SOLVERS.member("cg")
@dataclass(frozen=True)
class ConjugateGradient:
    """Polak-Ribiere conjugate gradients, one line search a local epoch.

    Parameters
    ----------
    search : WolfePowell
        The line search and its constants.
    slope_ratio : float
        Largest ratio of a search's first step to the step of the last search.

    Examples
    --------
    >>> ConjugateGradient().n_vectors
    0
    """

    search: WolfePowell = option(factory=WolfePowell, family=LINE_SEARCHES)
    slope_ratio: float = option(100.0, check=POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_vectors(self) -> int:
        """None: every round starts afresh."""
        return 0

    @property
    def whole_sample(self) -> bool:
        """True: a search needs one objective, so there are no mini-batches."""
        return True

    def train(self, job: Job) -> Outcome:
        """Make one line search for every local epoch, all on the round's first sample.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers.
        """
        from fastavg.kernels.network.dense import squared_weights

        if not len(job.batches.steps) or not job.batches.steps[0, 1]:
            return Outcome(0.0, 0.0, 0)
        first, rows = job.batches.steps[0].tolist()
        objective = BatchObjective(job, first, rows)
        if not objective.weight:
            return Outcome(0.0, 0.0, 0)
        theta = job.workspace.theta
        value = descend(objective, theta, job.epochs, self.search, self.slope_ratio).value
        penalty = 0.5 * job.l2 / objective.weight * squared_weights(job.workspace.layers, theta)
        weight = objective.weight * job.epochs
        return Outcome((value - penalty) * weight, weight, objective.evaluations)
