"""The plan of a run: everything that decides its result, checked and frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging import RULES, Averaging, Mean
from fastavg.averaging.periods import PERIODS, FixedPeriod, PeriodController
from fastavg.averaging.reduction import REDUCTIONS
from fastavg.data.deformations import DEFORMATIONS, Deformation, Undeformed
from fastavg.data.partitions import Cut
from fastavg.data.period import PERIOD, period
from fastavg.data.sampling import Sampler
from fastavg.data.sampling_schemes import SAMPLINGS, Sampling, Shards, partitions_of
from fastavg.errors import ConfigError
from fastavg.losses import LOSSES, Loss
from fastavg.options import (
    POSITIVE,
    above,
    at_least,
    check_options,
    one_of,
    option,
    optional,
    whole,
)
from fastavg.plan.algorithm import ALGORITHMS, PlannedAlgorithm, local_sgd
from fastavg.plan.beginning import BEGINNINGS, Beginning
from fastavg.plan.check_parts import check_parts
from fastavg.plan.gain_check import GAINS, GainCheck
from fastavg.plan.rate_scaling import SCALING, rate_factor
from fastavg.plan.stopping_rule import STOPPING, Stopping
from fastavg.solvers import SOLVERS, Adam, MiniBatch, Solver
from fastavg.solvers.regularization import REGULARIZATION, Regularization


@dataclass(frozen=True)
class Plan:
    """How to train; the same plan, data and start give the same bits.

    Parameters
    ----------
    workers : int
        Replicas that train on their own samples and are averaged.  Changes the result.  ``auto``
        in a file or a flag: measured before training.
    epochs : float
        Local epochs: passes of a worker over its sample.
    average_every : float or str
        Local epochs between averages; fractions allowed (0.125: eight times an epoch).  Or a
        number of steps: ``4 steps``.  ``auto`` in a file or a flag: 0.25 with one worker, a few
        steps with several; in the estimators: 1 with one worker, a part of an epoch of about 4
        steps with several.
    period : PeriodController or str
        How the period changes during a run: ``fixed`` keeps ``average_every``; ``by-loss``,
        ``by-spread`` and ``by-cost`` adapt it to the loss, to the workers' drift or to the cost of
        averages; ``ramp`` begins with short periods; ``listed`` follows a list; see
        :mod:`fastavg.averaging.periods`.
    batch_size : int
        Rows of a worker's step; 0 for its whole sample.
    algorithm : Algorithm or str
        ``local-sgd``: workers train alone and their weights are averaged;
        ``gradient-averaging``: one optimizer follows the mean of the workers' gradients;
        ``lbfgs``: L-BFGS on the sum of the workers' objectives, with the solver ``lbfgs``;
        ``hierarchical-local-sgd``: averages within groups of workers, more rarely between groups;
        ``post-local-sgd``: averaged gradients first, averaged weights later; ``split-layers``:
        several processes share the layers of a worker; ``downpour``, ``easgd``, ``hogwild``:
        asynchronous, with other weights in every run unless ``asynchrony`` is ``simulated``.
    solver : Solver or str
        How a worker trains between two averages.
    solver_state : str
        What happens to the solver's state, such as momentum, at an average: ``average`` it like the
        weights, ``reset`` it to zero, or ``keep`` that of each worker.
    loss : Loss or str, optional
        Loss function; if not given, that of the network's output; see :mod:`fastavg.losses`.
    regularization : Regularization
        Penalties on weights, dropout, and bounds on gradients and weights.
    averaging : Averaging or str
        The rule that computes the next common weights from the workers' mean.
    sampling : Sampling or str
        Which rows a worker trains on: ``shards`` are disjoint and dealt out anew in every epoch;
        ``resample`` is a random sample for each worker and round, ``stratified`` one with the same
        share of each class; with ``partitions`` a worker keeps its part of the rows for the whole
        run; ``balanced`` shards have equally many rows of each class; ``emphasis`` draws rows with
        a high loss more often; see :mod:`fastavg.data.sampling_schemes`.
    reduction : str
        How the mean over ranks is computed. ``exact``: with the same bits for any number of ranks.
        ``fast``: a plain allreduce, whose bits depend on that number. ``int8``: changes are rounded
        stochastically to 8 bits. ``one-bit``: they are rounded to their sign, and the rounding
        error is added to the worker's next change. The bits of these two do not depend on the
        number of ranks either.
    augment : Deformation, str or tuple of them
        Random changes to the images of each step: ``affine``, ``elastic`` or ``digits`` (both)
        deform them, ``noise`` and ``cutout`` change pixels, ``mixup`` mixes two images; a tuple, or
        ``affine,noise``, applies several in turn; see :mod:`fastavg.data.deformations`.
    pretraining : float
        Local epochs of layer-wise pre-training for each hidden layer but the last; 0 for none.
        Networks with one, two, ... hidden layers are trained on the targets, each starting from the
        one before, and then the whole network (Seide, Li, Chen and Yu 2011).
    init : str
        Distribution of the initial weights: ``glorot``, ``glorot-biases``, ``he``, ``lecun`` or
        ``uniform(a, b)``; see :meth:`fastavg.Network.initial_weights`.
    seed : int
        Seed of all random numbers; the same seed gives the same weights.
    dtype : str
        Type of numbers in training, ``float32`` or ``float64``.
    products : str
        How matrix products are computed. ``float32``: in ``dtype``, those of small layers
        in explicit vectors where the processor has AVX2 or AVX-512, others by BLAS. ``blas``: small
        layers by BLAS, too, which is slower and rounds differently. ``bfloat16``: with operands
        rounded to bfloat16; sums, weights and the optimizer's state stay float32; on
        processors with AVX-512 BF16. ``auto``: ``bfloat16`` in long runs on processors that gain
        by it, else ``float32``.
    on_divergence : str
        What to do when a worker's weights become infinite or NaN: ``stop`` the run, or ``skip`` the
        worker in this round's average; it then starts the next round from the center.
    loss_gap : float, optional
        A worker whose mean loss in a round is higher than the lowest worker's by more than this is
        left out of the round's average, and starts the next round from the center; if not given, no
        worker is left out for its loss. Kaldi uses 1 (Povey, Zhang and Khudanpur 2014).
    gain : GainCheck
        Whether the loss of each average is compared with the workers' losses, and bad rounds are
        repeated.
    beginning : Beginning
        How the first rounds differ: without an average, or with fewer workers.
    rate_scaling : str or float
        By which power of the number of workers the learning rate is multiplied: ``none``, ``sqrt``,
        ``linear``, or an exponent.
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

    workers: int = option(
        1, check=whole(1), flag="--workers", sklearn="workers",
        help="Replicas that are averaged; by CPUs, rows and epochs if not given; auto: measured",
    )
    epochs: float = option(
        20, check=above(0), flag="--epochs", sklearn="max_iter",
        help="Passes of each worker over its rows",
    )
    average_every: float | str = option(
        1.0, check=PERIOD, flag="--average-every", sklearn="average_every", unit="local epochs",
        help="Epochs between averages, such as 0.25, or steps: '4 steps'; by workers if not given",
    )
    period: PeriodController = option(factory=FixedPeriod, family=PERIODS, sklearn="period")
    batch_size: int = option(
        32, check=whole(0), flag="--batch-size", sklearn="batch_size", unit="rows",
        help="Rows of a worker's step; 8 to 32 by the number of rows if not given",
    )
    algorithm: PlannedAlgorithm = option(
        factory=local_sgd, family=ALGORITHMS, flag="--algorithm", sklearn="algorithm",
        help="How many workers train one network",
    )
    solver: Solver = option(
        factory=Adam, family=SOLVERS, flag="--solver", sklearn="solver", help="Optimizer"
    )
    solver_state: str = option(
        "average", check=one_of("average", "reset", "keep"), sklearn="solver_state"
    )
    averaging: Averaging = option(
        factory=Mean, family=RULES, flag="--averaging", sklearn="averaging",
        help="Rule that computes the next weights from the workers' mean",
    )
    sampling: Sampling = option(
        factory=Shards, family=SAMPLINGS, flag="--sampling", sklearn="sampling",
        help="Which rows a worker trains on; auto: shards, or partitions if memory is short",
    )
    augment: Deformation = option(
        factory=Undeformed, family=DEFORMATIONS, flag="--augment", sklearn="augment",
        help="Random changes to the images of each step",
    )
    regularization: Regularization = option(factory=Regularization, family=REGULARIZATION)
    loss: Loss | None = option(
        None, family=LOSSES, flag="--loss", sklearn="loss",
        help="Loss function; by the kind of target if not given",
    )
    reduction: str = option("exact", check=one_of(*REDUCTIONS), sklearn="reduction")
    pretraining: float = option(0.0, check=at_least(0), unit="local epochs")
    init: str = option("glorot", sklearn="init")
    seed: int = option(0, check=whole(0), flag="--seed", sklearn="random_state")
    dtype: str = option(
        "float32", check=one_of("float32", "float64"), flag="--dtype", sklearn="dtype",
        help="Type of the numbers in training",
    )
    products: str = option(
        "float32", check=one_of("float32", "blas", "bfloat16", "auto"),
        flag="--products", sklearn="products", help="How matrix products are computed",
    )
    on_divergence: str = option("stop", check=one_of("stop", "skip"), sklearn="on_divergence")
    loss_gap: float | None = option(None, check=optional(POSITIVE), sklearn="loss_gap")
    gain: GainCheck = option(factory=GainCheck, family=GAINS)
    beginning: Beginning = option(factory=Beginning, family=BEGINNINGS)
    rate_scaling: str | float = option("none", check=SCALING, sklearn="rate_scaling")
    stopping: Stopping = option(factory=Stopping, family=STOPPING)

    def __post_init__(self) -> None:
        object.__setattr__(self, "augment", DEFORMATIONS.make(self.augment))
        check_options(self)
        if isinstance(self.solver, MiniBatch):
            schedule = self.solver.schedule.with_rounds_of(self.average_every)
            if schedule is not self.solver.schedule:
                object.__setattr__(self, "solver", replace(self.solver, schedule=schedule))
        check_parts(self)

    @property
    def steered(self) -> bool:
        """True if the period is chosen on the way."""
        return type(self.period) is not FixedPeriod or self.gain.redoes

    @property
    def rate_factor(self) -> float:
        """Factor on the learning rate for the number of workers."""
        return rate_factor(self.rate_scaling, self.workers)

    @property
    def feeds_back(self) -> bool:
        """True if workers keep what the rounding of their changes has missed."""
        return self.reduction == "one-bit" and self.workers > 1

    @property
    def without_bfloat16(self) -> str | None:
        """Why the plan's products cannot be bfloat16; None if they can."""
        if self.dtype != "float32":
            return f"need dtype float32, and dtype is {self.dtype}"
        if not isinstance(self.solver, MiniBatch):
            return (
                "go with optimizers such as SGD or Adam; line searches compare losses that are "
                "closer than bfloat16 tells apart"
            )
        return None

    @property
    def n_rounds(self) -> int:
        """Rounds in all, where averages are counted in epochs; else see :meth:`rounds_of`.

        The last one is cut short where the epochs end.

        Raises
        ------
        ConfigError
            If averages are counted in steps: how many there are is said by the rows.
        """
        if isinstance(self.average_every, str):
            raise ConfigError(
                f"average_every is {self.average_every!r}; how many rounds that makes depends on "
                "the rows: rounds_of(sampler) counts them"
            )
        return max(1, math.ceil(self.epochs / self.average_every - 1e-9))

    @property
    def rounds_per_epoch(self) -> int | None:
        """Rounds of an epoch; None if a round may lie in two epochs."""
        every = period(self.average_every)
        if every.in_steps or every.number.numerator != 1:
            return None
        return every.number.denominator

    def rounds_of(self, sampler: Sampler) -> int:
        """Rounds in all; the last one is cut short where the epochs end.

        Parameters
        ----------
        sampler : Sampler
            Of :meth:`sampler`.
        """
        if isinstance(self.average_every, str):
            return -(-self.total_steps(sampler) // int(period(self.average_every).number))
        return self.n_rounds

    def epochs_after(self, rounds: int, sampler: Sampler) -> float:
        """Local epochs after so many rounds.

        Parameters
        ----------
        rounds : int
            Complete rounds.
        sampler : Sampler
            Of :meth:`sampler`.
        """
        if isinstance(self.average_every, str):
            after = period(self.average_every).epochs(rounds, sampler.steps_per_epoch)
            return min(self.epochs, after)
        return min(self.epochs, rounds * self.average_every)

    def bounds(self, sampler: Sampler, first: int, stop: int) -> NDArray[np.int64]:
        """The steps at which rounds begin, counted from the start of the run.

        Parameters
        ----------
        sampler : Sampler
            Of :meth:`sampler`.
        first, stop : int
            The first round, and the one after the last.

        Returns
        -------
        array (stop - first + 1,) of int64
            The last one is where round ``stop`` begins, or where the run ends.
        """
        last = self.total_steps(sampler)
        bounds = period(self.average_every).bounds(first, stop, sampler.steps_per_epoch)
        np.minimum(bounds, last, out=bounds)
        if stop == self.rounds_of(sampler):
            bounds[-1] = last
        return bounds

    def sampler(
        self, n_rows: int, Y: NDArray[np.floating] | None = None, cut: Cut | None = None
    ) -> Sampler:
        """The sampler for that many training rows.

        Parameters
        ----------
        n_rows : int
            Training rows.
        Y : array (n_rows, n_targets), optional
            Targets, which stratified samples need.
        cut : Cut, optional
            Of rows that lie in parts, with one worker each; ``n_rows`` is not used then.

        Raises
        ------
        ConfigError
            If there are more workers than rows to share out, samples are stratified and
            rows have several targets, or rows lie in parts and sampling is not ``partitions``.
        """
        if cut is not None:
            return partitions_of(self.sampling, cut, self.workers).sampler_of(
                cut, int(self.batch_size), self.seed
            )
        return self.sampling.sampler(n_rows, self.workers, int(self.batch_size), self.seed, Y)

    def span(self, sampler: Sampler, round: int) -> tuple[int, int]:
        """First step of a round and of the next.

        Parameters
        ----------
        sampler : Sampler
            Of :meth:`sampler`.
        round : int
            Which round, from 0.
        """
        first, stop = self.bounds(sampler, round, round + 1).tolist()
        return first, stop

    def total_steps(self, sampler: Sampler) -> int:
        """Steps of each worker in the whole run.

        Parameters
        ----------
        sampler : Sampler
            Of :meth:`sampler`.
        """
        return max(1, math.ceil(self.epochs * sampler.steps_per_epoch - 1e-9))

    @property
    def numpy_dtype(self) -> np.dtype[np.floating]:
        """The dtype as NumPy's."""
        return np.dtype(self.dtype)
