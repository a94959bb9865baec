"""Sums of columns that no order of rows, blocks or ranks can change.

Each number is cut into two whole numbers of units that are powers of two, set by the largest
magnitude of its column on any rank: 31 bits above, 31 below.  Whole numbers add without
rounding, so the sum depends on the rows alone.  What is lost lies 62 bits below the largest
magnitude, beyond what float64 can show of it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator

UPPER, LOWER = 31, 31
# Units are normal numbers of float64, whatever the columns hold.
LEAST_EXPONENT = -900
Columns = NDArray[np.float64]


def exact_sums(blocks: Iterable[Columns], largest: Columns, ranks: Communicator) -> Columns:
    """The sum of every column over all rows of all ranks; a collective.

    Parameters
    ----------
    blocks : iterable of array (n_rows, n_columns) of float64
        This rank's rows, at most 2**20 in a block, 2**31 in all of all ranks.
    largest : array (n_columns,) of float64
        At least the largest magnitude of each column on any rank; the same on all ranks.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    array (n_columns,) of float64
        The sums, rounded once; the same on all ranks, and for any distribution of the rows.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> rows = np.array([[1.0, 0.1], [2.0**-40, 0.2]])
    >>> exact_sums([rows[:1], rows[1:]], np.array([1.0, 0.2]), LocalCommunicator())
    array([1. , 0.3])
    """
    exponents = np.maximum(np.frexp(largest)[1], LEAST_EXPONENT)
    per_unit, unit = np.ldexp(1.0, UPPER - exponents), np.ldexp(1.0, exponents - UPPER)
    per_part = np.ldexp(1.0, LOWER)
    totals = np.zeros((2, len(largest)), np.int64)
    for block in blocks:
        scaled = block * per_unit
        upper = np.rint(scaled)
        # Exact: what is left of a number has no more digits than the number.
        scaled -= upper
        scaled *= per_part
        np.rint(scaled, out=scaled)
        totals[0] += upper.sum(axis=0).astype(np.int64)
        totals[1] += scaled.sum(axis=0).astype(np.int64)
    ranks.allreduce(totals.reshape(-1))
    return np.array([
        _rounded((int(upper) << LOWER) + int(lower), float(size))
        for upper, lower, size in zip(*totals, unit, strict=True)
    ])


def _rounded(parts: int, unit: float) -> float:
    # Whole numbers divide with one rounding; the unit is a power of two.
    return parts / (1 << LOWER) * unit
