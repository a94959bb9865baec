"""Synchronous EASGD: replicas and center draw each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fastavg.averaging.rule import RULES, Rule, Vector
from fastavg.options import PART, check_options, option


@RULES.member("easgd")
@dataclass(frozen=True)
class ElasticAveraging(Rule):
    """Elastic averaging SGD in its synchronous form (Zhang, Choromanska and LeCun 2015).

    At the end of a round ``center <- center + beta (mean - center)``, then every worker
    goes on from ``own - alpha (own - center)``.  With ``alpha = beta = 1`` it is the mean.

    Parameters
    ----------
    alpha : float
        Fraction of its distance by which a replica moves towards the center; above 0, at most 1.
    beta : float
        Fraction of its distance by which the center moves towards the mean of the replicas; above
        0, at most 1.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> mean, out = np.array([4.0]), np.zeros(1)
    >>> rule = ElasticAveraging(alpha=0.25, beta=0.5)
    >>> rule.step(np.array([2.0]), mean, np.zeros((0, 1)), round=0)
    >>> rule.start(mean, np.array([7.0]), out)
    >>> mean, out
    (array([3.]), array([6.]))
    """

    keeps_replicas: ClassVar[bool] = True

    alpha: float = option(0.5, check=PART)
    beta: float = option(0.9, check=PART)

    def __post_init__(self) -> None:
        check_options(self)

    def start(self, center: Vector, own: Vector, out: Vector) -> None:
        """Draw the replica to the center; see :meth:`Averaging.start`."""
        if self.alpha == 1:
            out[:] = center
            return
        np.subtract(own, center, out=out)
        out *= out.dtype.type(1 - self.alpha)
        out += center

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """Draw the center to the mean; see :meth:`Averaging.step`."""
        if self.beta == 1:
            return
        mean -= center
        mean *= mean.dtype.type(self.beta)
        mean += center
