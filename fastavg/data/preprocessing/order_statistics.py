"""Quantiles of columns whose rows lie on several ranks, exactly those of the whole.

A float64 has a key of 64 bits whose order is that of the numbers.  The key of the k-th smallest
number is found bit by bit, from the highest: the bit is set if no more than k numbers of all ranks
lie below.  Counts add without rounding, so the numbers found are those of the rows in one
array, for any distribution of them, and 64 sums of one count for each quantile are all that ranks
exchange.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator

Numbers = NDArray[np.float64]
SIGN = np.uint64(1 << 63)


def counts_of_all(columns: Sequence[Numbers], ranks: Communicator) -> NDArray[np.int64]:
    """How many numbers each column has on all ranks; a collective.

    Parameters
    ----------
    columns : sequence of array (n_numbers,)
        Of this rank.
    ranks : Communicator
        Between ranks.
    """
    counts = np.array([len(column) for column in columns], np.int64)
    if len(counts):
        ranks.allreduce(counts)
    return counts


def quantiles_of_all(
    columns: Sequence[Numbers], counts: NDArray[np.int64], at: Sequence[Numbers],
    ranks: Communicator,
) -> list[Numbers]:
    """Quantiles of every column over the numbers of all ranks; a collective.

    They have the bits of ``numpy.quantile`` of all numbers in one array.

    Parameters
    ----------
    columns : sequence of array (n_numbers,) of float64
        This rank's numbers, each column in ascending order; none is NaN.
    counts : array (n_columns,) of int64
        Numbers of each column on all ranks, at least 1: see :func:`counts_of_all`.
    at : sequence of array (n_quantiles,) of float64
        For each column which ones, from 0 to 1; the same on all ranks.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    list of array (n_quantiles,) of float64
        The same on every rank.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> numbers = np.array([1.0, 2.0, 4.0])
    >>> quantiles_of_all([numbers], np.array([3]), [np.array([0.0, 0.5, 0.75])],
    ...                  LocalCommunicator())
    [array([1., 2., 3.])]
    """
    places = [(count - 1) * parts for count, parts in zip(counts, at, strict=True)]
    lower = [np.floor(place).astype(np.int64) for place in places]
    upper = [np.minimum(low + 1, count - 1) for low, count in zip(lower, counts, strict=True)]
    wanted = [np.concatenate(pair) for pair in zip(lower, upper, strict=True)]
    found = []
    for both, place, low in zip(
        order_statistics(columns, wanted, ranks), places, lower, strict=True
    ):
        first, second = both[: len(low)], both[len(low) :]
        between = place - low
        # As NumPy does it, from the nearer of the two.
        with np.errstate(over="ignore", invalid="ignore"):
            step = second - first
            mixed = np.where(between < 0.5, first + step * between, second - step * (1 - between))
        found.append(np.where(between == 0, first, mixed))
    return found


def order_statistics(
    columns: Sequence[Numbers], wanted: Sequence[NDArray[np.int64]], ranks: Communicator
) -> list[Numbers]:
    """The k-th smallest numbers of every column over all ranks; a collective.

    Parameters
    ----------
    columns : sequence of array (n_numbers,) of float64
        This rank's numbers, each column in ascending order; none is NaN.
    wanted : sequence of array (n_wanted,) of int64
        For each column which ones, from 0, below the numbers of all ranks; the same on all.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    list of array (n_wanted,) of float64
        The same on every rank; zeros have no sign.
    """
    keys = [keys_of(column) for column in columns]
    cuts = np.cumsum([len(each) for each in wanted])[:-1]
    if not sum(len(each) for each in wanted):
        return [np.zeros(0) for _ in columns]
    numbers = np.concatenate(wanted)
    found = np.zeros(len(numbers), np.uint64)
    for bit in reversed(range(64)):
        trial = found | np.uint64(1 << bit)
        tried = zip(keys, np.split(trial, cuts), strict=True)
        below = np.concatenate([np.searchsorted(*pair) for pair in tried]).astype(np.int64)
        ranks.allreduce(below)
        found = np.where(below <= numbers, trial, found)
    return np.split(numbers_of(found), cuts)


def keys_of(numbers: Numbers) -> NDArray[np.uint64]:
    """Keys in the order of the numbers.

    Parameters
    ----------
    numbers : array (n_numbers,) of float64
        None is NaN.

    Examples
    --------
    >>> bool(np.all(np.diff(keys_of(np.array([-2.0, -1.0, 0.0, 1.0])).astype(float)) > 0))
    True
    """
    # A zero has one key, whatever its sign.
    bits = (np.asarray(numbers, np.float64) + 0.0).view(np.uint64)
    return np.where(bits & SIGN, ~bits, bits | SIGN)


def numbers_of(keys: NDArray[np.uint64]) -> Numbers:
    """The numbers that have these keys.

    Parameters
    ----------
    keys : array (n_numbers,) of uint64
        As :func:`keys_of` gives them.

    Examples
    --------
    >>> numbers_of(keys_of(np.array([-1.5, 3.0])))
    array([-1.5,  3. ])
    """
    return np.where(keys & SIGN, keys ^ SIGN, ~keys).view(np.float64)
