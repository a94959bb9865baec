"""Intervals of 95 % for figures of a number of rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fastavg.randomness import generator

NORMAL, RESAMPLES = 1.959963984540054, 300


def share_interval(share: float, n_rows: int) -> tuple[float, float]:
    """Wilson's interval (1927) of a share, such as an accuracy.

    Parameters
    ----------
    share : float
        From 0 to 1.
    n_rows : int
        Rows that it is a share of; at least 1.

    Returns
    -------
    tuple of float
        The lower and the upper end.

    Examples
    --------
    >>> [round(end, 3) for end in share_interval(0.9, 100)]
    [0.826, 0.945]
    """
    z2 = NORMAL**2 / n_rows
    middle = (share + z2 / 2) / (1 + z2)
    half = math.sqrt(share * (1 - share) / n_rows + z2 / (4 * n_rows)) * NORMAL / (1 + z2)
    return max(0.0, middle - half), min(1.0, middle + half)


def resampled_interval(
    figure: Callable[[NDArray[np.int64]], float], n_rows: int
) -> tuple[float, float]:
    """The middle 95 % of a figure over 300 resamplings of the rows (Efron 1979).

    Parameters
    ----------
    figure : callable
        From the numbers of rows, with repetitions, to the figure.
    n_rows : int
        How many rows there are.

    Returns
    -------
    tuple of float
        The lower and the upper end; the same every time.

    Examples
    --------
    >>> values = np.arange(100.0)
    >>> low, high = resampled_interval(lambda rows: values[rows].mean(), 100)
    >>> low < 49.5 < high
    True
    """
    random = generator(0, "resampled interval", n_rows)
    found = [
        figure(random.integers(0, n_rows, n_rows)) for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
