"""How single values of a column are spelled."""

from __future__ import annotations

from typing import Any


def parse_number(text: str) -> float:
    """The number that a text spells.

    Parameters
    ----------
    text : str
        Digits with a decimal point, perhaps with blanks around.

    Raises
    ------
    ValueError
        If it spells none; unlike Python, 1_000 is none.

    Examples
    --------
    >>> parse_number(" 2e3 ")
    2000.0
    """
    if "_" in text:
        raise ValueError(f"{text!r} is no number")
    return float(text)


def level_name(value: Any) -> str:
    """The text that stands for a value among a column's categories.

    Parameters
    ----------
    value : bool, int, float or str
        A value that is not missing.

    Examples
    --------
    >>> level_name("a"), level_name(3.0), level_name(True)
    ('a', '3', 'true')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
