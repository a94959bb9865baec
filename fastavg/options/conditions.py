"""Conditions: what the value of an option must be, and the sentence for one that cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any


def is_number(value: Any) -> bool:
    """True for a finite number; truth values and text are none.

    Parameters
    ----------
    value : object
        Any value.

    Examples
    --------
    >>> is_number(2.5), is_number(float("nan")), is_number("2.5"), is_number(True)
    (True, False, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: Any, least: int) -> bool:
    """True for a whole number of at least ``least``, also one written as 8.0.

    Parameters
    ----------
    value : object
        Any value.
    least : int
        The least number that will do.

    Examples
    --------
    >>> is_whole(8, 1), is_whole(8.0, 1), is_whole(2.5, 1), is_whole(0, 1)
    (True, True, False, False)
    """
    return is_number(value) and float(value).is_integer() and value >= least


@dataclass(frozen=True)
class Check:
    """What a value must be: a question, and the words for an error.

    Parameters
    ----------
    holds : callable
        True for a value that will do.
    must : str
        The words behind "it must".
    choices : tuple
        The values there are, if they can be listed.

    Examples
    --------
    >>> whole(1).refusal("workers", 2.5)
    'workers is 2.5; it must be a whole number of at least 1'
    """

    holds: Callable[[Any], bool]
    must: str
    choices: tuple[str, ...] = ()

    def refusal(self, name: str, value: Any) -> str:
        """The sentence about a value that does not hold.

        Parameters
        ----------
        name : str
            The option's name.
        value : object
            The value that does not hold.
        """
        shown = repr(value) if isinstance(value, str) else value
        if self.choices and isinstance(value, str):
            return f"{name} {shown} is unknown; choose {', '.join(self.choices)}"
        return f"{name} is {shown}; it must {self.must}"


def whole(least: int) -> Check:
    """A whole number of at least ``least``.

    Parameters
    ----------
    least : int
        The least number that will do.
    """
    return Check(lambda value: is_whole(value, least), f"be a whole number of at least {least}")


def at_least(low: float) -> Check:
    """A number of at least ``low``.

    Parameters
    ----------
    low : float
        The least number that will do.
    """
    return Check(lambda value: is_number(value) and value >= low, f"be a number of at least {low}")


def above(low: float) -> Check:
    """A number above ``low``.

    Parameters
    ----------
    low : float
        The bound, which itself will not do.
    """
    return Check(lambda value: is_number(value) and value > low, f"be a number above {low}")


def one_of(*choices: Any) -> Check:
    """One of a few values.

    Parameters
    ----------
    *choices : object
        The values that will do.
    """
    names = ", ".join(map(str, choices))
    return Check(lambda value: value in choices, f"be one of {names}", choices)


def optional(check: Check, other: Any = None, word: str = "None") -> Check:
    """As ``check``, or one other value, which messages call ``word``.

    Parameters
    ----------
    check : Check
        For all other values.
    other : object
        The value that will do as well.
    word : str
        What messages call it.
    """
    return Check(lambda value: value == other or check.holds(value), f"{check.must}, or {word}")


def each(check: Check) -> Check:
    """As ``check``, or a tuple of such values.

    Parameters
    ----------
    check : Check
        For every value of a tuple.
    """
    return Check(
        lambda value: all(map(check.holds, value if isinstance(value, tuple) else (value,))),
        check.must,
    )


POSITIVE = Check(lambda value: is_number(value) and value > 0, "be a positive number")
RATE = Check(lambda value: is_number(value) and 0 <= value < 1, "be at least 0 and below 1")
PART = Check(lambda value: is_number(value) and 0 < value <= 1, "be above 0 and at most 1")
INSIDE = Check(lambda value: is_number(value) and 0 < value < 1, "lie between 0 and 1")
