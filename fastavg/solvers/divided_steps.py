"""Gradient steps with momentum in which every weight has a rate of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import ConfigError
from fastavg.solvers.minibatch import MiniBatch
from fastavg.solvers.schedules import REACTIVE, Schedule


@dataclass(frozen=True)
class DividedSteps(MiniBatch):
    """``v <- momentum v - rate g / (d + common)``; ``w <- w + v``: d is another for each weight.

    The first vector of state is v, the second d, which whoever trains has set.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps.
    schedule : Schedule or str
        How the learning rate changes over the run.
    momentum : float
        Fraction of the last step that is added to the next one.
    common : float
        Added to every divisor.

    Examples
    --------
    >>> DividedSteps().n_vectors
    2
    """

    momentum: float = 0.9
    common: float = 0.0

    @property
    def n_vectors(self) -> int:
        """The velocity and the divisors."""
        return 2

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        from fastavg.kernels.network.called_optimizers import STAGES

        return STAGES["divided"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        return np.append(super()._hyper(first, steps), [self.momentum, self.common])


def refuse_reactive(schedule: Schedule, solver: str) -> None:
    """Refuse schedules that watch the loss, which only optimizers go with.

    Parameters
    ----------
    schedule : Schedule
        How the learning rate changes over the run.
    solver : str
        Name of the solver, for the message.

    Raises
    ------
    ConfigError
    """
    if schedule.kind in REACTIVE:
        raise ConfigError(
            f"schedule is {schedule.kind}, which watches the loss; {solver} goes "
            "with constant, cosine and the like"
        )
