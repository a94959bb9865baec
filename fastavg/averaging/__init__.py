"""Averaging: the rules that turn the workers' weights into the next center, by name."""

from __future__ import annotations

from fastavg.averaging.momentum import SlowMomentum
from fastavg.averaging.rule import Averaging, Mean
from fastavg.errors import ConfigError

__all__ = ["RULES", "Averaging", "Mean", "SlowMomentum", "rule"]

RULES = {"mean": Mean, "slow-momentum": SlowMomentum}


def rule(name: str | Averaging) -> Averaging:
    """The averaging rule of a name; a rule is itself.

    Raises
    ------
    ConfigError
        If the name is unknown.
    """
    if not isinstance(name, str):
        return name
    if name not in RULES:
        raise ConfigError(f"averaging {name!r} is unknown; choose {', '.join(RULES)}")
    made: Averaging = RULES[name]()
    return made
