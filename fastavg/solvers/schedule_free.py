"""Schedule-Free optimizers: an average of the iterates in place of a falling learning rate.

Three sequences belong together (Defazio et al. 2024):

.. code-block:: text

    z   takes the steps             z <- z - rate u(y)
    x   is the mean of all z        x <- (1 - c) x + c z        published
    y   lies between them           y  = (1 - beta) z + beta x  gradients are taken here

Training holds y and the difference ``d = z - y``, from which the other two follow; d starts at
zero, so that all three start at the first weights.  An average of workers takes the mean of y
and of d, which is the mean of z and of x: all of them are linear in each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import ConfigError
from fastavg.options import INSIDE, POSITIVE, RATE, at_least, option
from fastavg.solvers.contract import SOLVERS
from fastavg.solvers.minibatch import MiniBatch, Vector, rate
from fastavg.solvers.weight_blocks import TrainedVector


@dataclass(frozen=True)
class ScheduleFree(MiniBatch):
    """Common part of the Schedule-Free optimizers; use one of its members.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps.
    schedule : Schedule or str
        ``constant``, with or without a warm-up; iterates are weighted by the square of their
        learning rate.
    """

    # How far y lies from z to x.
    @property
    def _beta(self) -> float:
        raise NotImplementedError

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.schedule.kind != "constant":
            raise ConfigError(
                f"learning rate schedule is {self.schedule.kind}; {type(self).__name__} goes with "
                "constant and a warm-up, for its average takes the place of a schedule"
            )

    def published(self, weights: Vector, state: Vector) -> Vector:
        """The mean of the iterates, x; see :meth:`MiniBatch.published`."""
        beta = self._beta
        mean: Vector = weights - weights.dtype.type((1 - beta) / beta) * state[0]
        return mean

    def numbers(
        self, first: int, steps: int, warm: int = 0, vector: TrainedVector | None = None
    ) -> NDArray[np.float64]:
        """What its loop reads beside the vectors; see :meth:`MiniBatch.numbers`."""
        numbers = super().numbers(first, steps, warm, vector)
        # One step at the full rate is a warm-up of nothing.
        numbers[-1] = max(1, warm)
        return numbers


@SOLVERS.member("schedule-free-sgd")
@dataclass(frozen=True)
class ScheduleFreeSGD(ScheduleFree):
    """Schedule-Free SGD (Defazio et al. 2024, "The Road Less Scheduled").

    The model has the mean of the iterates, and needs no learning rate that falls to the end of
    training.  State is one vector, as that of SGD with momentum.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps, about ten times that of SGD with momentum.
    schedule : Schedule or str
        ``constant``, with or without a warm-up; iterates are weighted by the square of their
        learning rate.
    momentum : float
        Where gradients are computed, between the latest iterate (0) and the mean of the iterates
        (1); above 0 and below 1.
    weight_decay : float
        Decoupled weight decay: the fraction of the weights, biases included, that a step with
        learning rate 1 subtracts.

    Raises
    ------
    ConfigError
        If a value is impossible, or the schedule another one.

    Examples
    --------
    >>> ScheduleFreeSGD(learning_rate=0.5).n_vectors
    1
    """

    learning_rate: float = rate(0.5)
    momentum: float = option(0.9, check=INSIDE, sklearn="momentum")
    weight_decay: float = option(0.0, check=at_least(0))

    @property
    def n_vectors(self) -> int:
        """The distance of the latest iterate from where gradients are taken."""
        return 1

    @property
    def _beta(self) -> float:
        return self.momentum

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        from fastavg.kernels.network.called_optimizers import STAGES

        return STAGES["schedule-free-sgd"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        own = [self.momentum, self.weight_decay, 1.0]
        return np.append(super()._hyper(first, steps), own)


@SOLVERS.member("schedule-free-adamw")
@dataclass(frozen=True)
class ScheduleFreeAdamW(ScheduleFree):
    """Schedule-Free AdamW (Defazio et al. 2024, "The Road Less Scheduled").

    The model has the mean of the iterates, and needs no learning rate that falls to the end of
    training.  State is two vectors, as that of Adam: the mean takes the first moment's place.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps, one to ten times that of Adam.
    schedule : Schedule or str
        ``constant``, with or without a warm-up; iterates are weighted by the square of their
        learning rate.
    beta_1 : float
        Where gradients are computed, between the latest iterate (0) and the mean of the iterates
        (1); above 0 and below 1.
    beta_2 : float
        Decay of the running mean of squared gradients.
    epsilon : float
        Added to the square root of the mean squared gradient.
    weight_decay : float
        Decoupled weight decay: the fraction of the weights, biases included, that a step with
        learning rate 1 subtracts.

    Raises
    ------
    ConfigError
        If a value is impossible, or the schedule another one.

    Examples
    --------
    >>> ScheduleFreeAdamW().n_vectors
    2
    """

    learning_rate: float = rate(2.5e-3)
    beta_1: float = option(0.9, check=INSIDE, sklearn="beta_1")
    beta_2: float = option(0.999, check=RATE, sklearn="beta_2")
    epsilon: float = option(1e-8, check=POSITIVE, sklearn="epsilon")
    weight_decay: float = option(0.0, check=at_least(0))

    @property
    def n_vectors(self) -> int:
        """The distance of the latest iterate from where gradients are taken; second moments."""
        return 2

    @property
    def _beta(self) -> float:
        return self.beta_1

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        from fastavg.kernels.network.called_optimizers import STAGES

        return STAGES["schedule-free-adamw"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        own = [self.beta_1, self.beta_2, self.epsilon, self.weight_decay, 1.0]
        return np.append(super()._hyper(first, steps), own)
