"""Rules with momentum on the centers' movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastavg.averaging.rule import RULES, Vector
from fastavg.options import POSITIVE, RATE, check_options, option


@RULES.member("slow-momentum")
@dataclass(frozen=True)
class SlowMomentum:
    """Momentum on the centers' movement (SlowMo: Wang et al. 2020; block momentum:
    Chen and Huo 2016).

    ``u <- beta u + (center - mean)``; ``center <- center - rate u``.

    Parameters
    ----------
    beta : float
        Part of the last velocity that is kept.
    rate : float
        Factor on the velocity, the outer learning rate.

    >>> import numpy as np
    >>> state, average = np.ones((1, 1)), np.array([1.0])
    >>> SlowMomentum(beta=0.5).step(np.array([3.0]), average, state)
    >>> average, state
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

    def step(self, center: Vector, average: Vector, state: Vector) -> None:
        """One step of momentum along ``center - average``."""
        velocity = state[0]
        velocity *= velocity.dtype.type(self.beta)
        velocity += center - average
        np.subtract(center, velocity.dtype.type(self.rate) * velocity, out=average)
