"""Rows of workers that keep to a part of the data set each.

Worker k passes over part k in every local epoch, in an order keyed by (seed, epoch, part).
All workers take the same number of steps; where parts are uneven, so are the batches, and an
average counts every worker by its rows.

With a ``window``, rows are shuffled in two levels: the part is cut into windows of consecutive
rows, their order is drawn anew in each epoch, and so is the order of the rows of each.  So
who reads a part from a file needs one window in memory at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.partitions import Cut, even_cut
from fastavg.data.permutations import permuted
from fastavg.data.sampling import Sampler
from fastavg.randomness import key


class Span(NamedTuple):
    """Some rows of one window, in the order of their use.

    Parameters
    ----------
    start, stop : int
        The window's rows, counted within its part.
    rows : array of int64
        Those that are used, counted from ``start``.
    """

    start: int
    stop: int
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class PartitionSampler(Sampler):
    """The rows of every worker for every step, each from its own part.

    Parameters
    ----------
    n_rows : int
        Training rows of all parts.
    workers : int
        Replicas that train side by side, and parts.
    batch_size : int
        The most rows of one worker's step; 0 means its whole part in one step.
    kind : str, default 'partitions'
        Name of the scheme.
    fraction : float, default 1.0
        Not used: a worker passes over its whole part.
    shuffle : bool, default True
        False takes the rows of each part in their given order.
    seed : int, default 0
        The same seed gives the same rows.
    classes : array, optional
        Not used.
    cut : Cut, optional
        Rows of every part, and the parts that are here; even ones, all here, if not given.
    window : int, default 0
        Rows that are shuffled together; 0 for a whole part.

    Raises
    ------
    ConfigError
        If there are more workers than rows.

    Examples
    --------
    >>> sampler = PartitionSampler(6, 2, 2, shuffle=False)
    >>> [sampler.batches(worker, 0, 0, 1).order.tolist() for worker in (0, 1)]
    [[0], [3]]
    """

    kind: str = "partitions"
    cut: Cut | None = None
    window: int = 0

    def __post_init__(self) -> None:
        if self.cut is None:
            object.__setattr__(self, "cut", even_cut(self.n_rows, self.workers))

    @property
    def parts(self) -> Cut:
        """Rows of every part, and the parts that are here."""
        assert self.cut is not None
        return self.cut

    @cached_property
    def sample_rows(self) -> int:
        """Rows of one local epoch of all workers."""
        return self.parts.n_rows

    @cached_property
    def steps_per_epoch(self) -> int:
        """Steps of one local epoch: as many as the largest part needs."""
        return -(-max(self.parts.sizes) // self.batch_size) if self.batch_size else 1

    @cached_property
    def batch(self) -> int:
        """The most rows of one worker's step."""
        return -(-max(self.parts.sizes) // self.steps_per_epoch)

    def spans(self, worker: int, epoch: int, first: int, stop: int) -> list[Span]:
        """The rows at some places of a part's order in an epoch, window after window.

        Parameters
        ----------
        worker : int
            The worker's number, from 0, which is its part's.
        epoch : int
            The local epoch, from 0.
        first, stop : int
            The first place in the order, and the one after the last.
        """
        size = self.parts.sizes[worker]
        window = min(self.window, size) or size
        count = -(-size // window)
        order = np.arange(count)
        if self.shuffle and count > 1:
            order = self._permuted(order, count, "windows", epoch, worker)
        spans, at = [], 0
        for number in order.tolist():
            start = number * window
            end = min(start + window, size)
            low, high = max(first - at, 0), min(stop - at, end - start)
            at += end - start
            if low < high:
                places = np.arange(low, high)
                if self.shuffle:
                    places = self._permuted(places, end - start, "part", epoch, worker, number)
                spans.append(Span(start, end, places))
            if at >= stop:
                break
        return spans

    def _permuted(
        self, places: NDArray[np.int64], n: int, purpose: str, *numbers: int
    ) -> NDArray[np.int64]:
        return permuted([key(self.seed, purpose, *numbers)], n, places).reshape(-1)

    def _places(
        self, worker: int, first: int, stop: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        size, steps = self.parts.sizes[worker], self.steps_per_epoch
        ends = np.arange(first, stop + 1) * size // steps
        return np.arange(ends[0], ends[-1]), np.diff(ends)

    def _rows(
        self, places: NDArray[np.int64], worker: int, round: int, epochs: range
    ) -> NDArray[np.int64]:
        orders = [self._order(places, worker, epoch) for epoch in epochs]
        # One epoch may have millions of rows, which are not copied again.
        return orders[0][None] if len(orders) == 1 else np.stack(orders)

    def _order(
        self, places: NDArray[np.int64], worker: int, epoch: int
    ) -> NDArray[np.int64]:
        if not len(places):
            return places
        spans = self.spans(worker, epoch, int(places[0]), int(places[-1]) + 1)
        # In place: a round of a table on disk may have millions of rows.
        rows = np.concatenate([span.rows for span in spans])
        at, part = 0, self.parts.start(worker)
        for span in spans:
            rows[at : at + len(span.rows)] += part + span.start
            at += len(span.rows)
        return rows
