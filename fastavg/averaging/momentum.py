"""Rules with momentum on the center's movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastavg.averaging.rule import RULES, Rule, Vector
from fastavg.options import POSITIVE, RATE, check_options, option


@RULES.member("slow-momentum")
@dataclass(frozen=True)
class SlowMomentum(Rule):
    """Momentum on the center's movement.

    ``u <- beta u + (center - mean)``; ``center <- center - rate u`` (block momentum: Chen
    and Huo 2016; SlowMo: Wang et al. 2020).

    Parameters
    ----------
    beta : float
        Part of the last velocity that is kept.
    rate : float
        Factor on the velocity, the outer learning rate.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> import numpy as np
    >>> state, mean = np.ones((1, 1)), np.array([1.0])
    >>> SlowMomentum(beta=0.5).step(np.array([3.0]), mean, state, round=0)
    >>> mean, state
    (array([0.5]), array([[2.5]]))
    """

    beta: float = option(0.5, check=RATE)
    rate: float = option(1.0, check=POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_vectors(self) -> int:
        """The slow velocity."""
        return 1

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """One step of momentum along ``center - mean``."""
        velocity = state[0]
        velocity *= velocity.dtype.type(self.beta)
        velocity += center - mean
        np.subtract(center, velocity.dtype.type(self.rate) * velocity, out=mean)
