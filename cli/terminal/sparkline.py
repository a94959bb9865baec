"""A curve in a line of text."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
WIDE = 16


def sparkline(values: Sequence[float], wide: int = WIDE) -> str:
    """The last part of a curve, a block for each of some values.

    Parameters
    ----------
    values : sequence of float
        From the first to the last; those that are not finite are left out.
    wide : int, default 16
        The most characters; more values than that are thinned evenly.

    Returns
    -------
    str
        The lowest value is the lowest block.

    Examples
    --------
    >>> sparkline([3.0, 2.0, 1.0, 1.0])
    '█▄▁▁'
    """
    known = [value for value in values if abs(value) < float("inf")]
    if len(known) > wide:
        step = (len(known) - 1) / (wide - 1)
        known = [known[round(at * step)] for at in range(wide)]
    if not known:
        return ""
    low, high = min(known), max(known)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[int((value - low) * scale)] for value in known)
