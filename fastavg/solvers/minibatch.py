"""Optimizers over mini-batches: what a worker does inside a round."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import ConfigError
from fastavg.kernels.network import optimizers as updates
from fastavg.kernels.network.layout import Samples
from fastavg.kernels.network.regularized import train_steps_regular
from fastavg.kernels.network.train_steps import train_steps
from fastavg.options import is_number
from fastavg.solvers.contract import Job, Outcome
from fastavg.solvers.schedules import Schedule

# A kernel call stays under about 100 ms, so that signals and the parent's death are noticed.
FLOPS_PER_CALL = 2e9


@dataclass(frozen=True)
class MiniBatch:
    """Common part of all mini-batch optimizers; use :class:`SGD`, :class:`Adam` or another."""

    learning_rate: float = 1e-3
    schedule: Schedule = field(default_factory=Schedule)

    def __post_init__(self) -> None:
        if not (is_number(self.learning_rate) and self.learning_rate > 0):
            raise ConfigError(
                f"learning rate is {self.learning_rate}; it must be a positive number"
            )

    def _check_parts(self, *names: str) -> None:
        for name in names:
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value < 1):
                raise ConfigError(f"{name} is {value}; it must be at least 0 and below 1")

    def _check_positive(self, *names: str) -> None:
        for name in names:
            value = getattr(self, name)
            if not (is_number(value) and value > 0):
                raise ConfigError(f"{name} is {value}; it must be a positive number")

    def _check_not_negative(self, *names: str) -> None:
        for name in names:
            value = getattr(self, name)
            if not (is_number(value) and value >= 0):
                raise ConfigError(f"{name} is {value}; it must be a number of at least 0")

    @property
    def n_vectors(self) -> int:
        """Vectors of state beside the weights, each as long as they are."""
        raise NotImplementedError

    def code(self, dtype: DTypeLike) -> int:
        """What the kernels know it by: a number, or the address of its loop."""
        raise NotImplementedError

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        # For ``steps`` steps after the first ``first`` ones.
        return np.zeros(updates.HYPER_SIZE)

    def train(self, job: Job) -> Outcome:
        """Take the job's steps, in calls short enough to be interrupted."""
        space, steps = job.workspace, job.batches.steps
        hyper = self._hyper(job.steps_before, len(steps))
        code = self.code(space.theta.dtype)
        hyper[updates.STEP_AT] = job.steps_before
        rates = self.learning_rate * job.rate_factor * self.schedule.factors(
            job.first_step, job.first_step + len(steps), job.total_steps, job.rows_per_step,
            job.steps_per_epoch,
        )
        data = Samples(job.X, job.Y, job.weights, job.batches.order)
        per_step = max(1, space.rows * space.network.flops_per_row)
        stride = max(1, int(FLOPS_PER_CALL // per_step))
        drops = np.zeros(0)
        if job.regular is not None:
            drops = job.regular.drops(len(space.layers) - 1)
        loss = weight = 0.0
        for at in range(0, len(steps), stride):
            part = slice(at, at + stride)
            given = (
                space.loss, code, hyper, rates[part], job.l2,
                space.theta, space.state, space.scratch, data, steps[part],
            )
            if job.regular is None:
                one = train_steps(space.layers, *given)
            else:
                one = train_steps_regular(
                    space.layers, space.back, *given, job.regular.limits(), drops,
                    np.uint64(job.drop_key), job.first_step + at,
                )
            loss, weight = loss + one[0], weight + one[1]
        return Outcome(loss, weight, len(steps))


@dataclass(frozen=True)
class SGD(MiniBatch):
    """Stochastic gradient descent, with momentum if asked.

    ``v <- momentum v - rate g``; ``w <- w + v``, or with Nesterov's look-ahead
    ``w <- w + momentum v - rate g`` (Sutskever et al. 2013).

    Examples
    --------
    >>> SGD(learning_rate=0.1, momentum=0.9).n_vectors
    1
    """

    learning_rate: float = 0.1
    momentum: float = 0.9
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_parts("momentum")

    @property
    def n_vectors(self) -> int:
        """One velocity, unless there is no momentum."""
        return 1 if self.momentum else 0

    def code(self, dtype: DTypeLike) -> int:
        """The kernels' own number for it."""
        if not self.momentum:
            return updates.SGD
        return updates.NESTEROV if self.nesterov else updates.MOMENTUM

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        hyper = super()._hyper(first, steps)
        hyper[updates.MOMENTUM_AT] = self.momentum
        return hyper


@dataclass(frozen=True)
class Adam(MiniBatch):
    """Adam (Kingma and Ba 2015); with ``weight_decay`` AdamW (Loshchilov and Hutter 2019).

    Examples
    --------
    >>> Adam().n_vectors
    2
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_parts("beta_1", "beta_2")
        self._check_positive("epsilon")
        self._check_not_negative("weight_decay")

    @property
    def n_vectors(self) -> int:
        """The first and the second moment."""
        return 2

    def code(self, dtype: DTypeLike) -> int:
        """The kernels' own number for it."""
        return updates.ADAM

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        hyper = super()._hyper(first, steps)
        hyper[updates.BETA1_AT], hyper[updates.BETA2_AT] = self.beta_1, self.beta_2
        hyper[updates.EPSILON_AT] = self.epsilon
        hyper[updates.WEIGHT_DECAY_AT] = self.weight_decay
        return hyper


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), biases included.

    Examples
    --------
    >>> AdamW().weight_decay
    0.01
    """

    weight_decay: float = 0.01
