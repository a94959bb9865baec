"""Which rows a worker sees, batch by batch: a pure function of (seed, worker, step).

``shards``: every epoch has a fresh permutation of all rows; step s of it belongs to
the workers in turn, so that the batches of all workers at one step are one batch of
``workers`` times the size, and no row is seen twice in an epoch.

``resample``: every round each worker draws its own part of the rows at random,
without regard to the others, and passes over it in a fresh order each epoch: the
paper's way.

``stratified``: the same, with every class's share of the rows in every sample.

``balanced``: as ``shards``, of an epoch in which every class occurs equally often.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.period import period
from fastavg.data.permutations import permuted
from fastavg.data.stratified import EvenClasses, Strata
from fastavg.errors import ConfigError
from fastavg.options import is_number
from fastavg.randomness import key

SAMPLINGS = ("shards", "resample", "stratified", "balanced")
# Those that deal out one epoch to all workers.
DEALT = ("shards", "balanced")


class Batches(NamedTuple):
    """Rows in the order of their use, and where each batch starts and how long it is.

    Parameters
    ----------
    order : array (n_uses,) of int64
        Numbers of rows, batch after batch.
    steps : array (n_steps, 2) of int64
        Where each batch starts in ``order``, and how many rows it has.
    """

    order: NDArray[np.int64]
    steps: NDArray[np.int64]


@dataclass(frozen=True)
class Sampler:
    """The rows of every worker for every step.

    Parameters
    ----------
    n_rows : int
        Training rows.
    workers : int
        Replicas that train side by side.
    batch_size : int
        The most rows of one worker's step; 0 means the whole sample in one step.
    kind : str, default 'shards'
        ``shards``, ``resample``, ``stratified`` or ``balanced``.
    fraction : float, default 1.0
        Part of the rows that ``resample`` and ``stratified`` draw, above 0 and at most 1.
    shuffle : bool, default True
        False takes the rows in their given order.
    seed : int, default 0
        The same seed gives the same rows.
    classes : array (n_rows,), optional
        The class of each row, for ``stratified`` and ``balanced``.

    Raises
    ------
    ConfigError
        If the kind is unknown, or the fraction is out of its range.

    Examples
    --------
    >>> sampler = Sampler(n_rows=100, workers=4, batch_size=5)
    >>> sampler.n_rows, sampler.workers
    (100, 4)
    """

    n_rows: int
    workers: int
    batch_size: int
    kind: str = "shards"
    fraction: float = 1.0
    shuffle: bool = True
    seed: int = 0
    classes: NDArray[np.generic] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in SAMPLINGS:
            raise ConfigError(f"sampling {self.kind!r} is unknown; choose {', '.join(SAMPLINGS)}")
        if not (is_number(self.fraction) and 0 < self.fraction <= 1):
            raise ConfigError(f"fraction is {self.fraction}; it must be above 0 and at most 1")

    @cached_property
    def _strata(self) -> Strata:
        if self.classes is None:
            raise ConfigError("sampling is stratified; it needs the class of each row")
        return Strata(self.classes, self.sample_rows)

    @cached_property
    def _even(self) -> EvenClasses:
        if self.classes is None:
            raise ConfigError("sampling is balanced; it needs the class of each row")
        return EvenClasses(self.classes)

    @cached_property
    def _whole_epochs(self) -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        # A worker's places are the same in every epoch.
        return {}

    @cached_property
    def sample_rows(self) -> int:
        """Rows of one local epoch: of all workers for shards, of each for resample."""
        if self.kind in DEALT:
            return self.n_rows
        return max(1, round(self.fraction * self.n_rows))

    @cached_property
    def batch(self) -> int:
        """Rows of one worker's full step."""
        share = -(-self.sample_rows // (self.workers if self.kind in DEALT else 1))
        return min(self.batch_size, share) if self.batch_size else share

    @cached_property
    def steps_per_epoch(self) -> int:
        """Steps of one local epoch."""
        group = self.batch * (self.workers if self.kind in DEALT else 1)
        return -(-self.sample_rows // group)

    def span(self, round: int, average_every: float | str) -> tuple[int, int]:
        """First step of a round and of the next, counted from the start of the run.

        Parameters
        ----------
        round : int
            The round's number, from 0.
        average_every : float or str
            Local epochs from one averaging to the next, or steps (``4 steps``).

        Returns
        -------
        tuple of int
            The first step of this round, and that of the next.
        """
        first, stop = period(average_every).bounds(round, round + 1, self.steps_per_epoch).tolist()
        return first, stop

    def batches(self, worker: int, round: int, first: int, stop: int) -> Batches:
        """The rows of a worker for some steps of the run.

        Parameters
        ----------
        worker : int
            The worker's number, from 0.
        round : int
            The round's number, from 0.
        first, stop : int
            The first step, and the one after the last, counted from the start of the run.

        Returns
        -------
        Batches
            One batch for each step.

        Raises
        ------
        ConfigError
            If sampling is stratified and the classes are not given.
        """
        orders: list[NDArray[np.int64]] = []
        lengths: list[NDArray[np.int64]] = []
        per_epoch, at = self.steps_per_epoch, first
        while at < stop:
            epoch, begin = divmod(at, per_epoch)
            if begin or stop - at < per_epoch:
                count, taken = 1, min(stop - at, per_epoch - begin)
                places, sizes = self._places(worker, begin, begin + taken)
            else:
                count, taken = (stop - at) // per_epoch, per_epoch
                places, sizes = self._places_of_epoch(worker)
            rows = self._rows(places, worker, round, range(epoch, epoch + count))
            orders.append(rows.reshape(-1))
            lengths.append(sizes if count == 1 else np.tile(sizes, count))
            at += count * taken
        length = _joined(lengths)
        steps = np.empty((len(length), 2), np.int64)
        steps[:, 1] = length
        np.cumsum(length, out=steps[:, 0])
        steps[:, 0] -= length
        return Batches(_joined(orders), steps)

    def _places_of_epoch(self, worker: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if worker not in self._whole_epochs:
            self._whole_epochs[worker] = self._places(worker, 0, self.steps_per_epoch)
        return self._whole_epochs[worker]

    def _places(
        self, worker: int, first: int, stop: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        # Places in an epoch's order for some of its steps, and how many each step has.
        workers, index = (self.workers, worker) if self.kind in DEALT else (1, 0)
        group = self.batch * workers
        full = self.sample_rows // group
        starts = np.arange(first, min(stop, full)) * group + index * self.batch
        places = (starts[:, None] + np.arange(self.batch)).reshape(-1)
        sizes = np.full(len(starts), self.batch)
        if stop > full:
            # A short last step is shared out evenly.
            left = self.sample_rows - full * group
            low, high = index * left // workers, (index + 1) * left // workers
            places = np.concatenate([places, full * group + np.arange(low, high)])
            sizes = np.append(sizes, high - low)
        return places, sizes

    def _rows(
        self, places: NDArray[np.int64], worker: int, round: int, epochs: range
    ) -> NDArray[np.int64]:
        # What is at these places of the order of each epoch.
        if not self.shuffle:
            return np.tile(places, (len(epochs), 1))
        if self.kind in DEALT:
            keys = [key(self.seed, "shuffle", epoch) for epoch in epochs]
            rows = permuted(keys, self.n_rows, places)
            if self.kind == "balanced":
                for epoch, own in zip(epochs, rows, strict=True):
                    own[:] = self._even.epoch(self.seed, epoch)[own]
            return rows
        inner = [key(self.seed, "order", worker, round, epoch) for epoch in epochs]
        rows = permuted(inner, self.sample_rows, places)
        if self.kind == "stratified":
            return self._strata.sample(self.seed, worker, round)[rows]
        outer = key(self.seed, "sample", worker, round)
        return permuted([outer], self.n_rows, rows.reshape(-1)).reshape(rows.shape)


def _joined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    # Most rounds lie within one epoch: nothing to copy.
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.int64), *parts])
