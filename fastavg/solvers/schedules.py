"""Learning rates as functions of progress: what fraction of the run is done."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError

SCHEDULES = ("constant", "cosine", "invscaling")


@dataclass(frozen=True)
class Schedule:
    """Factor on the learning rate, step by step.

    Parameters
    ----------
    kind : str
        ``constant``; ``cosine``, half a cosine from 1 to 0 over the run (Loshchilov and
        Hutter 2017); ``invscaling``, ``1 / (rows seen + 1) ** power``, as in scikit-learn.
    power : float
        The exponent of ``invscaling``.

    Examples
    --------
    >>> Schedule("cosine").factors(0, 4, total=4, rows_per_step=32).round(2)
    array([1.  , 0.85, 0.5 , 0.15])
    """

    kind: str = "constant"
    power: float = 0.5

    def __post_init__(self) -> None:
        if self.kind not in SCHEDULES:
            raise ConfigError(
                f"learning rate schedule {self.kind!r} is unknown; choose {', '.join(SCHEDULES)}"
            )

    def factors(
        self, first: int, stop: int, total: int, rows_per_step: int
    ) -> NDArray[np.float64]:
        """Factors of steps ``first`` to ``stop`` of a run of ``total`` steps."""
        step = np.arange(first, stop, dtype=np.float64)
        if self.kind == "cosine":
            return 0.5 * (1 + np.cos(math.pi * step / max(total, 1)))
        if self.kind == "invscaling":
            return (step * rows_per_step + 1.0) ** -self.power
        return np.ones(stop - first)
