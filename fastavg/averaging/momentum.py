"""Rules with momentum on the centers' movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastavg.averaging.rule import Vector
from fastavg.errors import ConfigError
from fastavg.options import is_number


@dataclass(frozen=True)
class SlowMomentum:
    """Momentum on the centers' movement (SlowMo: Wang et al. 2020; block momentum:
    Chen and Huo 2016).

    ``u <- beta u + (center - mean)``; ``center <- center - rate u``.

    >>> import numpy as np
    >>> state, average = np.ones((1, 1)), np.array([1.0])
    >>> SlowMomentum(beta=0.5).step(np.array([3.0]), average, state)
    >>> average, state
    (array([0.5]), array([[2.5]]))
    """

    beta: float = 0.5
    rate: float = 1.0

    def __post_init__(self) -> None:
        if not (is_number(self.beta) and 0 <= self.beta < 1):
            raise ConfigError(f"beta is {self.beta}; it must be at least 0 and below 1")
        if not (is_number(self.rate) and self.rate > 0):
            raise ConfigError(f"rate is {self.rate}; it must be a positive number")

    @property
    def n_vectors(self) -> int:
        """The slow velocity."""
        return 1

    def step(self, center: Vector, average: Vector, state: Vector) -> None:
        """One step of momentum along ``center - average``."""
        velocity = state[0]
        velocity *= velocity.dtype.type(self.beta)
        velocity += center - average
        np.subtract(center, velocity.dtype.type(self.rate) * velocity, out=average)
