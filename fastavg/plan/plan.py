"""The plan of a run: everything that decides its result, checked and frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging import Averaging, Mean, rule
from fastavg.averaging.reduction import REDUCTIONS
from fastavg.data.sampling import Sampler
from fastavg.data.sampling_schemes import Sampling, Shards, sampling
from fastavg.errors import ConfigError
from fastavg.losses import Loss, loss
from fastavg.options import is_number, is_whole
from fastavg.plan.stopping_rule import Stopping
from fastavg.solvers import Adam, MiniBatch, Regularization, Solver, solver

ALGORITHMS = ("local-sgd",)
DTYPES = ("float32", "float64")
SOLVER_STATES = ("average", "reset", "keep")
ON_DIVERGENCE = ("stop", "skip")


@dataclass(frozen=True)
class Plan:
    """How to train; the same plan, data and start give the same bits.

    Parameters
    ----------
    workers : int
        Replicas that train on their own samples and are averaged.  Changes the result.
    epochs : float
        Local epochs: passes of a worker over its sample.
    average_every : float
        Local epochs between averages; fractions allowed (0.125: eight times an epoch).
    batch_size : int
        Rows of a worker's step; 0 for its whole sample.
    algorithm : str
        ``local-sgd``: workers train alone and their weights are averaged.
    solver : Solver or str
        What a worker does inside a round.
    solver_state : str
        What becomes of momentum and the like at an average: ``average`` it like the
        weights, ``reset`` it to zero, or ``keep`` each worker's own.
    loss : Loss or str, optional
        What training makes small, if not the own loss of the network's output; see
        :mod:`fastavg.losses`.
    regularization : Regularization
        Penalties on weights, dropout, and bounds on gradients and weights.
    averaging : Averaging or str
        The rule that makes the next center.
    sampling : Sampling or str
        How rows are shared out or drawn: :class:`fastavg.data.sampling_schemes.Shards`,
        ``Resample`` or ``Stratified``.
    reduction : str
        How the mean is made between ranks: ``exact``, with the same bits for any number
        of them, or ``fast``, a plain allreduce.
    init : str
        See :meth:`fastavg.Network.initial_weights`.
    seed : int
    dtype : str
        ``float32`` or ``float64``.
    on_divergence : str
        When a worker's weights are no longer finite: ``stop``, or ``skip`` it in this
        round's average and let it start the next one from the center.
    stopping : Stopping
        When training ends before its last epoch.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Plan(workers=8, epochs=10, average_every=0.5).n_rounds
    20
    """

    workers: int = 1
    epochs: float = 20
    average_every: float = 1.0
    batch_size: int = 32
    algorithm: str = "local-sgd"
    solver: Solver = field(default_factory=Adam)
    solver_state: str = "average"
    averaging: Averaging = field(default_factory=Mean)
    sampling: Sampling = field(default_factory=Shards)
    regularization: Regularization = field(default_factory=Regularization)
    loss: Loss | None = None
    reduction: str = "exact"
    init: str = "glorot"
    seed: int = 0
    dtype: str = "float32"
    on_divergence: str = "stop"
    stopping: Stopping = field(default_factory=Stopping)

    def __post_init__(self) -> None:
        for name, made in (
            ("solver", solver(self.solver)), ("averaging", rule(self.averaging)),
            ("sampling", sampling(self.sampling)),
            ("loss", None if self.loss is None else loss(self.loss)),
        ):
            object.__setattr__(self, name, made)
        for name, low in (("workers", 1), ("batch_size", 0), ("seed", 0)):
            value = getattr(self, name)
            if not is_whole(value, low):
                raise ConfigError(f"{name} is {value}; it must be a whole number of at least {low}")
        for name in ("epochs", "average_every"):
            value = getattr(self, name)
            if not (is_number(value) and value > 0):
                raise ConfigError(f"{name} is {value}; it must be a number above 0")
        if self.regularization.active and not isinstance(self.solver, MiniBatch):
            raise ConfigError(
                "dropout, l1, max_norm, clip_norm and clip_value go with optimizers such as SGD "
                f"or Adam; {type(self.solver).__name__} searches along lines"
            )
        if self.batch_size and getattr(self.solver, "whole_sample", False):
            raise ConfigError(
                f"batch_size is {self.batch_size}; {type(self.solver).__name__} takes a worker's "
                "whole sample at once, which is batch_size 0"
            )
        if self.algorithm not in ALGORITHMS:
            raise ConfigError(
                f"algorithm {self.algorithm!r} is unknown; choose {', '.join(ALGORITHMS)}"
            )
        if self.dtype not in DTYPES:
            raise ConfigError(f"dtype {self.dtype!r} is unknown; choose {', '.join(DTYPES)}")
        if self.on_divergence not in ON_DIVERGENCE:
            raise ConfigError(
                f"on_divergence {self.on_divergence!r} is unknown; "
                f"choose {', '.join(ON_DIVERGENCE)}"
            )
        if self.reduction not in REDUCTIONS:
            raise ConfigError(
                f"reduction {self.reduction!r} is unknown; choose {', '.join(REDUCTIONS)}"
            )
        if self.solver_state not in SOLVER_STATES:
            raise ConfigError(
                f"solver_state {self.solver_state!r} is unknown; choose {', '.join(SOLVER_STATES)}"
            )

    @property
    def n_rounds(self) -> int:
        """Rounds in all; the last one is cut short where the epochs end."""
        return max(1, math.ceil(self.epochs / self.average_every - 1e-9))

    def sampler(self, n_rows: int, Y: NDArray[np.floating] | None = None) -> Sampler:
        """The sampler for that many training rows.

        Raises
        ------
        ConfigError
            If there are more workers than rows to share out, or samples are stratified and
            rows have several targets.
        """
        return self.sampling.sampler(n_rows, self.workers, int(self.batch_size), self.seed, Y)

    def span(self, sampler: Sampler, round: int) -> tuple[int, int]:
        """First step of a round and of the next."""
        last = self.total_steps(sampler)
        first, stop = sampler.span(round, self.average_every)
        return min(first, last), last if round == self.n_rounds - 1 else min(stop, last)

    def total_steps(self, sampler: Sampler) -> int:
        """Steps of each worker in the whole run."""
        return max(1, math.ceil(self.epochs * sampler.steps_per_epoch - 1e-9))

    @property
    def numpy_dtype(self) -> np.dtype[np.floating]:
        """The dtype as NumPy's."""
        return np.dtype(self.dtype)
