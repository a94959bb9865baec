"""Averaging: the rules that turn the workers' weights into the next center, by name."""

from __future__ import annotations

from fastavg.averaging.elastic import ElasticAveraging
from fastavg.averaging.federated import FedAdam
from fastavg.averaging.momentum import SlowMomentum
from fastavg.averaging.rule import RULES, Averaging, Mean

__all__ = [
    "RULES", "Averaging", "ElasticAveraging", "FedAdam", "Mean", "SlowMomentum", "rule",
]


def rule(name: str | Averaging) -> Averaging:
    """The averaging rule of a name; a rule is itself.

    Raises
    ------
    ConfigError
        If the name is unknown.

    >>> rule("mean")
    Mean()
    """
    return RULES.make(name)
