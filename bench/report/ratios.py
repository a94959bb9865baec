"""Ratios of turns: paired, so that both sides of every ratio saw the same machine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median


def times_faster(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """The median over turns of their seconds divided by ours.

    >>> times_faster([2.0, 6.0, 9.0], [1.0, 2.0, 1.0])
    3.0
    """
    if len(theirs) != len(ours) or not ours:
        raise ValueError(f"{len(theirs)} turns of theirs cannot be paired with {len(ours)} of ours")
    return median(their / our for their, our in zip(theirs, ours, strict=True))


def share(
    amount: float, seconds: Sequence[float], top_amount: float, top_seconds: Sequence[float]
) -> float:
    """The median over turns of our rate divided by the top rate.

    >>> share(50.0, [1.0], 100.0, [1.0])
    0.5
    """
    return times_faster(top_seconds, seconds) * amount / top_amount


def geometric_mean(ratios: Iterable[float]) -> float:
    """Of ratios; 2 and 1/2 cancel.

    >>> geometric_mean([2.0, 8.0])
    4.0
    """
    logarithms = [math.log(ratio) for ratio in ratios]
    if not logarithms:
        raise ValueError("a mean of no ratios was asked for")
    return math.exp(sum(logarithms) / len(logarithms))


def rate(amount: float, seconds: Sequence[float]) -> float:
    """Amount by the second, at the median turn."""
    return amount / median(seconds)
