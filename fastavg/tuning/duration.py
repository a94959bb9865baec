"""Durations as people write them: 90, 90s, 10m, 1h30m."""

from __future__ import annotations

import re

from fastavg.errors import ConfigError

NUMBER = r"\d+(?:\.\d+)?"
FORM = re.compile(f"(?:(?P<h>{NUMBER})h)?(?:(?P<m>{NUMBER})m)?(?:(?P<s>{NUMBER})s?)?")
SECONDS = {"h": 3600, "m": 60, "s": 1}


def seconds_of(text: str, name: str = "time") -> float:
    """The seconds of a duration.

    Parameters
    ----------
    text : str
        Hours, minutes and seconds with their letters, or seconds alone.
    name : str, default 'time'
        What it is, for messages.

    Returns
    -------
    float
        In seconds.

    Raises
    ------
    ConfigError
        If it is no duration above 0.

    Examples
    --------
    >>> seconds_of("10m"), seconds_of("1h30m"), seconds_of("90"), seconds_of("2.5s")
    (600.0, 5400.0, 90.0, 2.5)
    """
    found = FORM.fullmatch(text.strip())
    parts = found.groupdict() if found else {}
    total = sum(float(parts[unit]) * size for unit, size in SECONDS.items() if parts.get(unit))
    if not total:
        raise ConfigError(f"{name} is {text!r}; it must be a duration such as 90s, 10m or 1h30m")
    return float(total)
