"""Periods: how many steps lie between two averages, given in local epochs or in steps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.options import Check, is_number

WORDS = re.compile(r"\s*(\d+)\s*steps?\s*")


@dataclass(frozen=True)
class Period:
    """The distance of two averages.

    Parameters
    ----------
    number : Fraction
        How many; above 0.
    in_steps : bool
        True if steps of every worker are counted, False for local epochs.

    Examples
    --------
    >>> Period(Fraction(4), in_steps=True).bounds(0, 2, steps_per_epoch=10)
    array([0, 4, 8])
    """

    number: Fraction
    in_steps: bool

    def bounds(self, first: int, stop: int, steps_per_epoch: int) -> NDArray[np.int64]:
        """The steps at which rounds begin, counted from the start of the run.

        Parameters
        ----------
        first, stop : int
            The first round, and the one after the last.
        steps_per_epoch : int
            Steps of a local epoch.

        Returns
        -------
        array (stop - first + 1,) of int64
            The last one is where round ``stop`` begins.
        """
        top, below = self.number.numerator, self.number.denominator
        top *= 1 if self.in_steps else steps_per_epoch
        if stop * top < 2**62:
            return np.arange(first, stop + 1, dtype=np.int64) * top // below
        return np.array([round * top // below for round in range(first, stop + 1)], np.int64)

    def epochs(self, rounds: int, steps_per_epoch: int) -> float:
        """Local epochs after so many rounds.

        Parameters
        ----------
        rounds : int
            Complete rounds.
        steps_per_epoch : int
            Steps of a local epoch.
        """
        # One division of whole numbers, rounded as the fraction is: rounds ask for this by the
        # hundred.
        below = self.number.denominator * (steps_per_epoch if self.in_steps else 1)
        return rounds * self.number.numerator / below


@cache
def period(value: float | str) -> Period:
    """The period that a number of local epochs, or a text such as ``4 steps``, stands for.

    Parameters
    ----------
    value : float or str
        Local epochs above 0, or whole steps.

    Raises
    ------
    ConfigError
        If it is neither.

    Examples
    --------
    >>> period("4 steps").in_steps, period(0.25).number
    (True, Fraction(1, 4))
    """
    if not is_period(value):
        raise ConfigError(PERIOD.refusal("average_every", value))
    if isinstance(value, str):
        return Period(Fraction(str(WORDS.fullmatch(value)[1])), True)  # type: ignore[index]
    return Period(Fraction(value).limit_denominator(10**6), False)


def is_period(value: Any) -> bool:
    """True for a number above 0 and for a text such as ``4 steps``.

    Parameters
    ----------
    value : object
        Any value.
    """
    if isinstance(value, str):
        found = WORDS.fullmatch(value)
        return found is not None and int(found[1]) > 0
    return is_number(value) and value > 0


PERIOD = Check(is_period, "be a number above 0, or a number of steps such as '4 steps'")
