"""Questions that a check of settings asks of one value, whatever type it has."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any


def is_number(value: Any) -> bool:
    """True for a finite number; truth values and text are none.

    >>> is_number(2.5), is_number(float("nan")), is_number("2.5"), is_number(True)
    (True, False, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: Any, least: int) -> bool:
    """True for a whole number of at least ``least``, also one written as 8.0.

    >>> is_whole(8, 1), is_whole(8.0, 1), is_whole(2.5, 1), is_whole(0, 1)
    (True, True, False, False)
    """
    return is_number(value) and float(value).is_integer() and value >= least
