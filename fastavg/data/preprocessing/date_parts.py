"""Parts of a date, each a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# What of a date is an input.
DATE_PARTS = ("day", "weekday", "year_day", "hour")


def part_of(days: NDArray[np.float64], part: str) -> NDArray[np.float64]:
    """A part of each date.

    Parameters
    ----------
    days : array (n_rows,) of float64
        Days since 1970, with their hours as a fraction; NaN for missing.
    part : str
        ``day``, ``weekday`` (0 for Monday), ``year_day`` (from 0) or ``hour``; ``number`` for a
        column of numbers, which stays as it is.

    Returns
    -------
    array (n_rows,) of float64
        NaN where the date is missing.

    Examples
    --------
    >>> [float(part_of(np.array([31.25]), part)[0]) for part in DATE_PARTS]
    [31.25, 6.0, 31.0, 6.0]
    """
    if part in ("number", "day"):
        return days
    whole = np.floor(days)
    if part == "hour":
        return (days - whole) * 24
    if part == "weekday":
        return (whole + 3) % 7
    known = np.where(np.isnan(days), 0, whole).astype(np.int64).astype("datetime64[D]")
    since = (known - known.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.float64)
    return np.where(np.isnan(days), np.nan, since)
