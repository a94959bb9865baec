"""FedAdam: Adam on the center's movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastavg.averaging.rule import RULES, Rule, Vector
from fastavg.options import POSITIVE, RATE, check_options, option


@RULES.member("fedadam")
@dataclass(frozen=True)
class FedAdam(Rule):
    """Adam whose gradient is ``center - mean`` (Reddi et al. 2021, algorithm 2).

    ``m <- beta_1 m + (1 - beta_1) d``; ``v <- beta_2 v + (1 - beta_2) d^2``;
    ``center <- center - rate m' / (sqrt(v') + epsilon)`` with d = center - mean and the
    moments corrected for their start from zero.

    Parameters
    ----------
    rate : float
        Size of a step, 0.01; above 0.
    beta_1, beta_2 : float
        Decay of the moments, 0.9 and 0.99; at least 0 and below 1.
    epsilon : float
        The paper's tau, which bounds adaptivity, 1e-3; above 0.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> mean, state = np.array([1.0, 3.0]), np.zeros((2, 2))
    >>> FedAdam(rate=0.1, epsilon=1e-9).step(np.array([2.0, 2.0]), mean, state, round=0)
    >>> mean
    array([1.9, 2.1])
    """

    rate: float = option(0.01, check=POSITIVE)
    beta_1: float = option(0.9, check=RATE)
    beta_2: float = option(0.99, check=RATE)
    epsilon: float = option(1e-3, check=POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_vectors(self) -> int:
        """The first and the second moment."""
        return 2

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """One step of Adam along ``center - mean``."""
        number = center.dtype.type
        first, second = state
        change = center - mean
        first *= number(self.beta_1)
        first += number(1 - self.beta_1) * change
        second *= number(self.beta_2)
        second += number(1 - self.beta_2) * change * change
        spread = np.sqrt(second * number(1 / (1 - self.beta_2 ** (round + 1))))
        scale = number(self.rate / (1 - self.beta_1 ** (round + 1)))
        np.subtract(center, scale * first / (spread + number(self.epsilon)), out=mean)
