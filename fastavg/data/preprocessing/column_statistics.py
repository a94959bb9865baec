"""Range, mean and deviation of columns whose rows lie on several ranks.

The same bits for any distribution of the rows over ranks, and for any blocks that they are
read in, as sums are exact (:mod:`fastavg.data.preprocessing.exact_sums`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.data.preprocessing.exact_sums import exact_sums

Columns = NDArray[np.float64]
Blocks = Callable[[], Iterable[NDArray[Any]]]


class Range(NamedTuple):
    """The least and the greatest number of each column.

    Parameters
    ----------
    low, high : array (n_columns,) of float64
        Infinite, low above high, where there are no rows.
    """

    low: Columns
    high: Columns

    @property
    def largest(self) -> Columns:
        """The largest magnitude of each column."""
        return np.maximum(np.abs(self.low), np.abs(self.high))


def no_range(n_columns: int) -> Range:
    """The range of no rows.

    Parameters
    ----------
    n_columns : int
        How many columns.
    """
    return Range(np.full(n_columns, np.inf), np.full(n_columns, -np.inf))


def widened(known: Range, block: NDArray[Any]) -> Range:
    """A range that holds some more rows.

    Parameters
    ----------
    known : Range
        Of the rows before.
    block : array (n_rows, n_columns)
        Finite numbers.

    Examples
    --------
    >>> widened(no_range(1), np.array([[1.0], [3.0]]))
    Range(low=array([1.]), high=array([3.]))
    """
    if not len(block):
        return known
    low, high = block.min(axis=0).astype(np.float64), block.max(axis=0).astype(np.float64)
    return Range(np.minimum(known.low, low), np.maximum(known.high, high))


def range_of_all(own: Range, ranks: Communicator) -> Range:
    """The range of the rows of all ranks; a collective.

    Parameters
    ----------
    own : Range
        Of this rank's rows.
    ranks : Communicator
        Between ranks.
    """
    both = np.concatenate([-own.low, own.high])
    ranks.allreduce(both, "max")
    return Range(-both[: len(own.low)], both[len(own.low) :])


class Moments(NamedTuple):
    """The mean and the standard deviation of each column.

    Parameters
    ----------
    mean, deviation : array (n_columns,) of float64
        In the column's unit; a deviation of 0 where all numbers are the same.
    """

    mean: Columns
    deviation: Columns


def moments_of_all(
    blocks: Blocks, extent: Range, n_rows: int, ranks: Communicator
) -> Moments:
    """Mean and deviation of each column over the rows of all ranks; a collective.

    Parameters
    ----------
    blocks : callable
        This rank's rows, array (n_rows, n_columns) after array; called twice.
    extent : Range
        Of the rows of all ranks.
    n_rows : int
        Rows of all ranks.
    ranks : Communicator
        Between ranks.
    """
    largest = extent.largest
    # In units that are powers of two neither sums nor squares leave the range of float64.
    unit = np.ldexp(1.0, np.clip(np.frexp(largest)[1], -1000, 1000))
    mean = exact_sums((block / unit for block in blocks()), largest / unit, ranks) / n_rows
    # The rounded mean of numbers that are all the same may lie beside them.
    mean = np.clip(mean, extent.low / unit, extent.high / unit)
    spread = np.maximum(extent.high / unit - mean, mean - extent.low / unit)
    spread_unit = np.ldexp(1.0, np.clip(np.frexp(spread)[1], -500, 500))

    def squares() -> Iterable[Columns]:
        for block in blocks():
            difference = (block / unit - mean) / spread_unit
            difference *= difference
            yield difference

    total = exact_sums(squares(), (spread / spread_unit) ** 2, ranks)
    deviation = np.sqrt(total / n_rows) * spread_unit * unit
    constant = extent.low == extent.high
    return Moments(
        np.where(constant, extent.low, mean * unit), np.where(constant, 0.0, deviation)
    )
