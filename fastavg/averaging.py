"""Averaging: the rule that turns center and slots into the next center.

The slots' mean is computed first (:mod:`fastavg.reduction`); a rule sees the old
center and that mean.  Seen this way a rule is an optimizer whose gradient is
``center - mean``, and plain averaging is a step of SGD with rate 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.settings import is_number

Vector = NDArray[np.floating]


class Averaging(Protocol):
    """A rule: a frozen dataclass with its number of state vectors and one step."""

    @property
    def n_vectors(self) -> int:
        """Vectors that the rule remembers between rounds."""
        ...

    def step(self, center: Vector, average: Vector, state: Vector) -> None:
        """Turn ``average`` into the next center, in place; move ``state`` on."""
        ...


@dataclass(frozen=True)
class Mean:
    """The next center is the mean of the workers' weights: the paper's rule.

    >>> import numpy as np
    >>> average = np.array([1.0, 2.0])
    >>> Mean().step(np.zeros(2), average, np.zeros((0, 2)))
    >>> average
    array([1., 2.])
    """

    @property
    def n_vectors(self) -> int:
        """None."""
        return 0

    def step(self, center: Vector, average: Vector, state: Vector) -> None:
        """The average is the next center as it is."""


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


RULES = {"mean": Mean, "slow-momentum": SlowMomentum}


def rule(name: str | Averaging) -> Averaging:
    """The averaging rule of a name; a rule is itself.

    Raises
    ------
    ConfigError
        If the name is unknown.
    """
    if not isinstance(name, str):
        return name
    if name not in RULES:
        raise ConfigError(f"averaging {name!r} is unknown; choose {', '.join(RULES)}")
    made: Averaging = RULES[name]()
    return made
