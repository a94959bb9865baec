"""Averaging: the rules that turn the workers' weights into the next center, by name."""

from __future__ import annotations

from fastavg.averaging.elastic import ElasticAveraging
from fastavg.averaging.federated import FedAdagrad, FedAdam, FedYogi
from fastavg.averaging.momentum import BMUF, DiLoCo, FedAvgM, SlowMo
from fastavg.averaging.moving import LAWA, SWA, CenterEMA
from fastavg.averaging.orthogonal import MuLoCo
from fastavg.averaging.rule import RULES, Averaging, Mean

__all__ = [
    "BMUF",
    "LAWA",
    "RULES",
    "SWA",
    "Averaging",
    "CenterEMA",
    "DiLoCo",
    "ElasticAveraging",
    "FedAdagrad",
    "FedAdam",
    "FedAvgM",
    "FedYogi",
    "Mean",
    "MuLoCo",
    "SlowMo",
    "rule",
]


def rule(name: str | Averaging) -> Averaging:
    """The averaging rule of a name; a rule is itself.

    Parameters
    ----------
    name : str or Averaging
        One of :data:`RULES`, or a rule.

    Raises
    ------
    ConfigError
        If the name is unknown.

    >>> rule("mean")
    Mean()
    """
    return RULES.make(name)
