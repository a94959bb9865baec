"""Sampling schemes: how the training rows are shared out or drawn, as frozen objects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.data.partition_sampler import PartitionSampler
from fastavg.data.partitions import Cut
from fastavg.data.sampling import Sampler
from fastavg.data.stratified import one_class_each
from fastavg.errors import ConfigError
from fastavg.options import PART, Family, check_options, one_of, option, whole


class Sampling(Protocol):
    """A sampling scheme: a frozen dataclass that makes the sampler of a run."""

    @property
    def name(self) -> str:
        """Its name in options."""
        ...

    def sampler(
        self, n_rows: int, workers: int, batch_size: int, seed: int,
        Y: NDArray[np.floating] | None = None,
    ) -> Sampler:
        """The rows of every worker for every step.

        Parameters
        ----------
        n_rows : int
            Training rows.
        workers : int
            Replicas that are trained.
        batch_size : int
            The most rows of one worker's step; 0 means the whole sample in one step.
        seed : int
            Seed of the run.
        Y : array (n_rows, n_targets), optional
            The targets; their classes are needed by :class:`Stratified`.

        Raises
        ------
        ConfigError
            If there are more workers than rows to share out, or samples are stratified
            and rows have several targets.
        """
        ...


SAMPLINGS: Family[Sampling] = Family("sampling")
# Schemes in which the rows of a step depend on its epoch and not on its round.
BY_EPOCH = ("shards", "partitions")


@SAMPLINGS.member("shards")
@dataclass(frozen=True)
class Shards:
    """Disjoint parts of a fresh permutation of all rows in each epoch.

    Parameters
    ----------
    shuffle : bool
        False keeps the order of the rows.

    Examples
    --------
    >>> Shards().sampler(n_rows=100, workers=4, batch_size=5, seed=0).steps_per_epoch
    5
    """

    name: ClassVar[str] = "shards"
    shuffle: bool = option(True, check=one_of(True, False), sklearn="shuffle")

    def __post_init__(self) -> None:
        check_options(self)

    def sampler(
        self, n_rows: int, workers: int, batch_size: int, seed: int,
        Y: NDArray[np.floating] | None = None,
    ) -> Sampler:
        """As :meth:`Sampling.sampler`.

        Parameters
        ----------
        n_rows : int
            Training rows.
        workers : int
            Replicas that are trained.
        batch_size : int
            The most rows of one worker's step; 0 means the whole sample in one step.
        seed : int
            Seed of the run.
        Y : array (n_rows, n_targets), optional
            The targets; their classes are needed by :class:`Stratified`.
        """
        if workers > n_rows:
            raise ConfigError(
                f"{workers} workers cannot share {n_rows} training rows; "
                f"{n_rows} workers or fewer can"
            )
        return Sampler(n_rows, workers, batch_size, Shards.name, shuffle=self.shuffle, seed=seed)


@SAMPLINGS.member("resample")
@dataclass(frozen=True)
class Resample:
    """Each worker draws rows at random, anew in each round: the paper's way.

    Parameters
    ----------
    fraction : float
        Fraction of the rows that a worker draws.
    shuffle : bool
        False keeps the order of the rows.

    Examples
    --------
    >>> Resample(0.9).sampler(n_rows=100, workers=4, batch_size=5, seed=0).sample_rows
    90
    """

    name: ClassVar[str] = "resample"
    fraction: float = option(1.0, check=PART)
    shuffle: bool = option(True, check=one_of(True, False), sklearn="shuffle")

    def __post_init__(self) -> None:
        check_options(self)

    def sampler(
        self, n_rows: int, workers: int, batch_size: int, seed: int,
        Y: NDArray[np.floating] | None = None,
    ) -> Sampler:
        """As :meth:`Sampling.sampler`.

        Parameters
        ----------
        n_rows : int
            Training rows.
        workers : int
            Replicas that are trained.
        batch_size : int
            The most rows of one worker's step; 0 means the whole sample in one step.
        seed : int
            Seed of the run.
        Y : array (n_rows, n_targets), optional
            The targets; their classes are needed by :class:`Stratified`.
        """
        return Sampler(
            n_rows, workers, batch_size, self.name, self.fraction, self.shuffle, seed
        )


@SAMPLINGS.member("stratified")
@dataclass(frozen=True)
class Stratified(Resample):
    """As :class:`Resample`, with every class's share of the rows in each sample.

    Parameters
    ----------
    fraction : float
        Fraction of the rows that a worker draws.
    shuffle : bool
        False keeps the order of the rows.

    Examples
    --------
    >>> from fastavg import Plan
    >>> Plan(workers=4, sampling=Stratified(fraction=0.9)).sampling.fraction
    0.9
    """

    name: ClassVar[str] = "stratified"

    def sampler(
        self, n_rows: int, workers: int, batch_size: int, seed: int,
        Y: NDArray[np.floating] | None = None,
    ) -> Sampler:
        """As :meth:`Sampling.sampler`.

        Parameters
        ----------
        n_rows : int
            Training rows.
        workers : int
            Replicas that are trained.
        batch_size : int
            The most rows of one worker's step; 0 means the whole sample in one step.
        seed : int
            Seed of the run.
        Y : array (n_rows, n_targets), optional
            The targets; their classes are needed by :class:`Stratified`.
        """
        classes = None if Y is None else one_class_each(Y)
        return Sampler(
            n_rows, workers, batch_size, self.name, self.fraction, self.shuffle, seed, classes
        )


@SAMPLINGS.member("partitions")
@dataclass(frozen=True)
class Partitions:
    """Each worker keeps to a part of the rows, in a fresh order in each epoch.

    Rows are cut into as many parts as there are workers, in their given order, so a rank needs
    the rows of its own workers alone.  Where that order says something of the rows, as in a
    file sorted by class, parts differ, and :class:`Shards` trains better models.

    Parameters
    ----------
    shuffle : bool
        False keeps the order of the rows.
    window : int
        Number of consecutive rows that are shuffled together, and kept in memory if rows are read
        from disk; 0 stands for the whole part, or for 64 MB if rows are read from disk.

    Examples
    --------
    >>> made = Partitions().sampler(n_rows=100, workers=4, batch_size=5, seed=0)
    >>> made.steps_per_epoch, made.parts.sizes
    (5, (25, 25, 25, 25))
    """

    name: ClassVar[str] = "partitions"
    shuffle: bool = option(True, check=one_of(True, False), sklearn="shuffle")
    window: int = option(0, check=whole(0), unit="rows")

    def __post_init__(self) -> None:
        check_options(self)

    def sampler(
        self, n_rows: int, workers: int, batch_size: int, seed: int,
        Y: NDArray[np.floating] | None = None,
    ) -> PartitionSampler:
        """As :meth:`Sampling.sampler`, of rows that are all here.

        Parameters
        ----------
        n_rows : int
            Training rows.
        workers : int
            Replicas that are trained.
        batch_size : int
            The most rows of one worker's step; 0 means its whole part in one step.
        seed : int
            Seed of the run.
        Y : array (n_rows, n_targets), optional
            Not used.
        """
        return PartitionSampler(
            n_rows, workers, batch_size, shuffle=self.shuffle, seed=seed, window=self.window
        )

    def sampler_of(self, cut: Cut, batch_size: int, seed: int) -> PartitionSampler:
        """The rows of every worker for every step, where some parts are not here.

        Parameters
        ----------
        cut : Cut
            Rows of every part, and which parts are here.
        batch_size : int
            The most rows of one worker's step; 0 means its whole part in one step.
        seed : int
            Seed of the run.
        """
        return PartitionSampler(
            cut.n_rows, len(cut.sizes), batch_size, shuffle=self.shuffle, seed=seed, cut=cut,
            window=self.window,
        )


def partitions_of(scheme: Sampling, cut: Cut, workers: int) -> Partitions:
    """The scheme of a plan, if it fits rows that lie in parts.

    Parameters
    ----------
    scheme : Sampling
        Of the plan.
    cut : Cut
        Of the rows.
    workers : int
        Of the plan.

    Raises
    ------
    ConfigError
        If it draws from other rows than those of a worker's own part, or there are more or
        fewer parts than workers.
    """
    if not isinstance(scheme, Partitions):
        raise ConfigError(
            f"sampling is {scheme.name}, and the rows lie in parts with one worker each; that is "
            "sampling partitions"
        )
    if len(cut.sizes) != workers:
        raise ConfigError(
            f"{workers} workers and {len(cut.sizes)} parts of the rows; each worker has a part of "
            "its own"
        )
    return scheme


@SAMPLINGS.member("balanced")
@dataclass(frozen=True)
class Balanced:
    """Shards of epochs in which every class occurs equally often.

    Rows of rare classes are repeated, and those of frequent classes take turns (LeCun, Bottou,
    Orr and Mueller 1998: rows should come in an order that teaches most).

    Examples
    --------
    >>> Y = np.array([0, 0, 0, 0, 0, 0, 1, 1])[:, None]
    >>> sampler = Balanced().sampler(n_rows=8, workers=1, batch_size=0, seed=0, Y=Y)
    >>> int(Y[sampler.batches(0, 0, 0, 1).order].sum())
    4
    """

    name: ClassVar[str] = "balanced"

    def sampler(
        self, n_rows: int, workers: int, batch_size: int, seed: int,
        Y: NDArray[np.floating] | None = None,
    ) -> Sampler:
        """As :meth:`Sampling.sampler`.

        Parameters
        ----------
        n_rows : int
            Training rows.
        workers : int
            Replicas that are trained.
        batch_size : int
            The most rows of one worker's step; 0 means the whole sample in one step.
        seed : int
            Seed of the run.
        Y : array (n_rows, n_targets), optional
            The targets, whose classes are balanced.
        """
        shards = Shards().sampler(n_rows, workers, batch_size, seed)
        classes = None if Y is None else one_class_each(Y)
        return replace(shards, kind=self.name, classes=classes)


def sampling(name: str | Sampling, **values: Any) -> Sampling:
    """The sampling scheme of a name; a scheme is itself.

    Parameters
    ----------
    name : str or Sampling
        A name, or a scheme.
    **values
        Options of the scheme of that name.

    Raises
    ------
    ConfigError
        If the name is unknown, or a value is impossible.
    """
    return SAMPLINGS.make({"name": name, **values})
