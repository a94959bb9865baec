"""Algorithms: how the work of many workers becomes one network, one file each."""

from __future__ import annotations

from importlib import import_module

from fastavg.errors import ConfigError
from fastavg.training.algorithms.contract import Algorithm

__all__ = ["ALGORITHMS", "Algorithm", "algorithm"]

ALGORITHMS = {
    "local-sgd": "fastavg.training.algorithms.local_sgd:LocalSGD",
    "gradient-averaging": "fastavg.training.algorithms.gradient_averaging:GradientAveraging",
    "lbfgs": "fastavg.training.algorithms.lbfgs_over_shards:LBFGSOverShards",
}


def algorithm(name: str) -> Algorithm:
    """The algorithm of a name.

    Parameters
    ----------
    name : str
        One of :data:`ALGORITHMS`.

    Raises
    ------
    ConfigError
        If the name is unknown.
    """
    if name not in ALGORITHMS:
        raise ConfigError(f"algorithm {name!r} is unknown; choose {', '.join(ALGORITHMS)}")
    module, _, kind = ALGORITHMS[name].partition(":")
    made: Algorithm = getattr(import_module(module), kind)()
    return made
