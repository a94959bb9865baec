"""Averaging: the rule that turns center and slots into the next center.

The slots' mean is computed first (:mod:`fastavg.averaging.reduction`); a rule sees the old
center and that mean.  Seen this way a rule is an optimizer whose gradient is
``center - mean``, and plain averaging is a step of SGD with rate 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.options import Family

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


RULES: Family[Averaging] = Family("averaging", "fastavg.averaging")


@RULES.member("mean")
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
