"""Optimizers over mini-batches: what a worker does inside a round."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.network.layout import Samples
from fastavg.options import POSITIVE, RATE, check_options, one_of, option
from fastavg.solvers.contract import SOLVERS, Job, Outcome
from fastavg.solvers.schedules import SCHEDULE, Schedule
from fastavg.solvers.weight_blocks import TrainedVector

Vector = NDArray[np.floating]

# A kernel call stays under about 100 ms, so that signals and the parent's death are noticed.
FLOPS_PER_CALL = 2e9


def rate(default: float) -> Any:
    """The option of an optimizer's learning rate, with its own default.

    Parameters
    ----------
    default : float
        The learning rate if none is given; above 0.
    """
    return option(
        default, check=POSITIVE, flag="--learning-rate", sklearn="learning_rate_init",
        help="A number; auto: by a range test; line-search for sgd; by solver and workers if not "
        "given",
    )


@dataclass(frozen=True)
class MiniBatch:
    """Common part of all mini-batch optimizers; use :class:`SGD`, :class:`Adam` or another.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps.
    schedule : Schedule or str
        How the learning rate changes over the run.
    """

    learning_rate: float = rate(1e-3)
    schedule: Schedule = option(
        factory=Schedule, family=SCHEDULE, flag="--schedule", sklearn="learning_rate",
        help="Learning-rate schedule",
    )

    def __post_init__(self) -> None:
        check_options(self)

    # True if the optimizer's numbers are those of the first step at every step.
    same_at_every_step: ClassVar[bool] = False

    @property
    def n_vectors(self) -> int:
        """Vectors of state beside the weights, each as long as they are."""
        raise NotImplementedError

    def code(self, dtype: DTypeLike) -> int:
        """What the kernels know it by: a number, or the address of its loop.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        raise NotImplementedError

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        from fastavg.kernels.network import optimizers as updates

        # For ``steps`` steps after the first ``first`` ones.
        return np.zeros(updates.HYPER_SIZE)

    @property
    def in_blocks(self) -> bool:
        """True if its training is this class's own, which blocks of rounds repeat."""
        return type(self).train is MiniBatch.train

    def numbers(
        self, first: int, steps: int, warm: int = 0, vector: TrainedVector | None = None
    ) -> NDArray[np.float64]:
        """What its loop reads beside the vectors.

        Parameters
        ----------
        first : int
            Steps since its state was zero.
        steps : int
            Steps that follow.
        warm : int
            Steps of the run in which the learning rate rises.
        vector : TrainedVector, optional
            What it may know of the weights.
        """
        return self._hyper(first, steps)

    def published(self, weights: Vector, state: Vector) -> Vector:
        """The vector that stands for the run: the weights, of most optimizers.

        Parameters
        ----------
        weights : array (n_weights,)
            The common weights, at which gradients are taken.
        state : array (n_vectors, n_weights)
            The averaged state.
        """
        return weights

    def _warm_steps(self, job: Job) -> int:
        return self.schedule.warm_steps(job.total_steps, job.steps_per_epoch)

    def train(self, job: Job) -> Outcome:
        """Take the job's steps, in calls short enough to be interrupted.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers.
        """
        from fastavg.kernels.network import optimizers as updates
        from fastavg.kernels.network.regularized import train_steps_regular
        from fastavg.kernels.network.train_steps import train_steps

        space, steps = job.workspace, job.batches.steps
        hyper = self.numbers(
            job.steps_before, len(steps), self._warm_steps(job),
            TrainedVector(space.network, space.layers, job.total_steps),
        )
        code = self.code(space.theta.dtype)
        hyper[updates.STEP_AT] = job.steps_before
        if job.shared is not None:
            from fastavg.kernels.asynchronous import shared_update

            hyper = shared_update.numbers_for(
                code, hyper, space.theta.ctypes.data, job.shared.ctypes.data
            )
            code = shared_update.STAGE.address(space.theta.dtype)
        rates = self.learning_rate * job.rate_factor * self.schedule.factors(
            job.first_step, job.first_step + len(steps), job.total_steps, job.rows_per_step,
            job.steps_per_epoch,
        )
        data = given_rows = Samples(job.X, job.Y, job.weights, job.batches.order)
        per_step = max(1, space.rows * space.flops_per_row)
        stride = max(1, int(FLOPS_PER_CALL // per_step))
        if job.deformed is not None:
            stride = min(stride, job.deformed.steps_at_once(job.X, job.rows_per_step))
        streamed = None
        if job.streamed is not None:
            streamed = job.streamed.samples(given_rows.order, steps, stride)
        drops = np.zeros(0)
        if job.regular is not None:
            drops = job.regular.drops_of(space.network)
        space.pack_weights()
        loss = weight = 0.0
        at = 0
        while at < len(steps):
            taken = steps[at : at + stride]
            if job.deformed is not None:
                numbers = np.arange(job.first_step + at, job.first_step + at + len(taken))
                epochs = numbers // max(1, int(job.steps_per_epoch))
                data, taken = job.deformed.samples(given_rows, taken, epochs)
            if streamed is not None:
                data, taken = next(streamed)
            rows, repeated = space.repeated(data, taken)
            given = (
                space.loss, code, hyper, rates[at : at + len(taken)], job.l2,
                space.theta, space.state, space.scratch, rows, repeated,
            )
            if job.regular is None:
                one = train_steps(space.layers, *given)
            else:
                one = train_steps_regular(
                    space.layers, space.back, *given, job.regular.limits(), drops,
                    np.uint64(job.drop_key), job.first_step + at,
                )
            loss, weight, at = loss + one[0], weight + one[1], at + len(taken)
        return Outcome(loss, weight, len(steps))

    def train_rounds(
        self, job: Job, bounds: NDArray[np.int64], figures: NDArray[np.float64]
    ) -> int:
        """Take the job's steps in one call, round by round; of a job without regularization.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers, of all rounds.
        bounds : array (n_rounds + 1,) of int64
            The first step of each round, counted from the start of the run, and the end.
        figures : array (n_rounds, 3) of float64
            Overwritten; see :mod:`fastavg.kernels.network.train_rounds`.

        Returns
        -------
        int
            The number of rounds; fewer than asked if after the next one a weight is not finite.
        """
        from fastavg.kernels.network import optimizers as updates
        from fastavg.kernels.network.train_rounds import train_rounds

        space, steps = job.workspace, job.batches.steps
        hyper = self.numbers(
            job.steps_before, len(steps), self._warm_steps(job),
            TrainedVector(space.network, space.layers, job.total_steps),
        )
        hyper[updates.STEP_AT] = job.steps_before
        # One round's factors at a time, as without this call: a vector's last numbers may be
        # rounded in another way than its first.
        factors = [
            self.schedule.factors(
                begin, end, job.total_steps, job.rows_per_step, job.steps_per_epoch
            )
            for begin, end in pairwise(bounds.tolist())
        ] if self.schedule.kind != "constant" or self.schedule.warmup else [np.ones(len(steps))]
        rates = self.learning_rate * job.rate_factor * np.concatenate(factors)
        space.pack_weights()
        data, steps = space.repeated(
            Samples(job.X, job.Y, job.weights, job.batches.order), steps
        )
        return int(train_rounds(
            space.layers, space.loss, self.code(space.theta.dtype), hyper, rates, job.l2,
            space.theta, space.state, space.scratch, data, steps, bounds - bounds[0], figures,
        ))


@SOLVERS.member("sgd")
@dataclass(frozen=True)
class SGD(MiniBatch):
    """Stochastic gradient descent, with momentum if asked.

    ``v <- momentum v - rate g``; ``w <- w + v``, or with Nesterov's look-ahead
    ``w <- w + momentum v - rate g`` (Sutskever et al. 2013).

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps.
    schedule : Schedule or str
        How the learning rate changes over the run.
    momentum : float
        Fraction of the last step that is added to the next one.
    nesterov : bool
        Nesterov's momentum: gradients are computed after the momentum's step.

    Examples
    --------
    >>> SGD(learning_rate=0.1, momentum=0.9).n_vectors
    1
    """

    same_at_every_step: ClassVar[bool] = True

    learning_rate: float = rate(0.1)
    momentum: float = option(0.9, check=RATE, sklearn="momentum")
    nesterov: bool = option(False, check=one_of(True, False), sklearn="nesterovs_momentum")

    @property
    def n_vectors(self) -> int:
        """One velocity, unless there is no momentum."""
        return 1 if self.momentum else 0

    def code(self, dtype: DTypeLike) -> int:
        """The kernels' own number for it.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        from fastavg.kernels.network import optimizers as updates

        if not self.momentum:
            return updates.SGD
        return updates.NESTEROV if self.nesterov else updates.MOMENTUM

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        from fastavg.kernels.network import optimizers as updates

        hyper = super()._hyper(first, steps)
        hyper[updates.MOMENTUM_AT] = self.momentum
        return hyper
