"""A line search for the Wolfe-Powell conditions.

A step is good if the value has fallen by a fair part of what the derivative promised,
and the derivative there is small enough.  Too far: the search comes back, by the
minimum of a parabola or a cubic through the two best known points.  Not far enough:
it goes on, by the cubic's minimum beyond the last point (Rasmussen 2002; the
conditions are those of Wolfe 1969 and Powell 1976).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from fastavg.options import INSIDE, Family, at_least, check_options, option, whole


class Trial(NamedTuple):
    """A point on the search ray: how far along, the value and the derivative there.

    Parameters
    ----------
    step : float
        How far along the ray.
    value : float
        The objective there.
    derivative : float
        Its derivative along the ray.
    """

    step: float
    value: float
    derivative: float


LINE_SEARCHES: Family[WolfePowell] = Family("line search")


@LINE_SEARCHES.member("wolfe-powell")
@dataclass(frozen=True)
class WolfePowell:
    """The constants of the search, with Rasmussen's values.

    Parameters
    ----------
    decrease : float
        Sufficient decrease: the fraction of the decrease predicted by the gradient that must be
        reached.
    curvature : float
        Curvature condition: largest ratio of the derivative's size at the end to that at the start.
    margin : float
        Smallest distance of an interpolated step from the ends of its interval, as a fraction of
        the interval.
    growth : float
        Largest ratio of an extrapolated step to the last one.
    evaluations : int
        Most evaluations of one search.

    Examples
    --------
    >>> ray = lambda step: Trial(step, (step - 2) ** 2, 2 * (step - 2))
    >>> WolfePowell().search(ray, ray(0.0), 0.5)
    Trial(step=1.5, value=0.25, derivative=-1.0)
    """

    decrease: float = option(0.01, check=INSIDE)
    curvature: float = option(0.5, check=INSIDE)
    margin: float = option(0.1, check=INSIDE)
    growth: float = option(3.0, check=at_least(1))
    evaluations: int = option(30, check=whole(1))

    def __post_init__(self) -> None:
        check_options(self)

    def search(self, ray: Callable[[float], Trial], start: Trial, step: float) -> Trial | None:
        """The last point evaluated if it is good, None if none was found.

        Parameters
        ----------
        ray : callable
            Evaluates at a step from the start.
        start : Trial
            The point at step 0, with a negative derivative.
        step : float
            The first step to try.
        """
        previous, here = start, ray(step)
        left = self.evaluations - 1
        bound = math.inf
        while True:
            while self._too_far(start, here) and left > 0:
                bound = here.step
                here = ray(self._back(start, previous, here))
                left -= 1
            if self._too_far(start, here):
                return None
            if here.derivative > self.curvature * start.derivative:
                return here
            if left == 0:
                return None
            previous, here = here, ray(self._on(previous, here, bound))
            left -= 1

    def _too_far(self, start: Trial, here: Trial) -> bool:
        promised = start.value + self.decrease * here.step * start.derivative
        # Written so that NaN is too far.
        low = here.value <= promised
        return not (low and here.derivative <= -self.curvature * start.derivative)

    def _back(self, start: Trial, previous: Trial, here: Trial) -> float:
        width = previous.step - here.step
        if here.value > start.value or not math.isfinite(here.value):
            move = width + _parabola(previous, here)
        else:
            move = _cubic(previous, here)
        if not math.isfinite(move):
            move = width / 2
        # The width is negative: the way back to the previous point.
        return here.step + max(min(move, self.margin * width), (1 - self.margin) * width)

    def _on(self, previous: Trial, here: Trial, bound: float) -> float:
        move = _cubic(previous, here)
        known = math.isfinite(bound)
        room = (bound - here.step) if known else (self.growth - 1) * here.step
        if not math.isfinite(move) or move < 0 or move > room:
            move = room / 2 if known else room
        elif move < self.margin * (here.step - previous.step):
            move = self.margin * (here.step - previous.step)
        elif known and move < (1 - self.margin) * room:
            move = (1 - self.margin) * room
        return here.step + move


def _parabola(previous: Trial, here: Trial) -> float:
    """From ``previous`` to the minimum of the parabola with its value and derivative, and
    the value at ``here``.
    """
    width = here.step - previous.step
    excess = here.value - previous.value - previous.derivative * width
    return -previous.derivative * width * width / (2 * excess) if excess else math.nan


def _cubic(previous: Trial, here: Trial) -> float:
    """From ``here`` to the minimum of the cubic with both points' values and derivatives."""
    width = previous.step - here.step
    fall = previous.value - here.value
    a = 3 * (here.derivative + previous.derivative) - 6 * fall / width
    b = 3 * fall - width * (previous.derivative + 2 * here.derivative)
    c = here.derivative * width * width
    inside = b * b - a * c
    if not inside >= 0:
        return math.nan
    root = math.sqrt(inside)
    # Two forms of one root; each is exact where the other cancels.
    if b >= 0:
        return -c / (b + root) if b + root else math.nan
    return (root - b) / a if a else math.nan
