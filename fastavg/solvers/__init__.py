"""Solvers: what a worker does inside a round."""

from __future__ import annotations

from collections.abc import Callable

from fastavg.errors import ConfigError
from fastavg.solvers.adaptive import Adagrad, Nadam, RMSProp
from fastavg.solvers.backtracking import BacktrackingSGD
from fastavg.solvers.conjugate_gradient import ConjugateGradient
from fastavg.solvers.contract import Job, Outcome, Solver
from fastavg.solvers.minibatch import SGD, Adam, AdamW, MiniBatch
from fastavg.solvers.regularization import Regularization
from fastavg.solvers.schedules import REACTIVE, Schedule

__all__ = [
    "REACTIVE", "SGD", "SOLVERS", "Adagrad", "Adam", "AdamW", "BacktrackingSGD",
    "ConjugateGradient", "Job", "MiniBatch", "Nadam", "Outcome", "RMSProp", "Regularization",
    "Schedule", "Solver", "solver",
]

SOLVERS: dict[str, Callable[[], Solver]] = {
    "adam": Adam, "adamw": AdamW, "nadam": Nadam, "rmsprop": RMSProp, "adagrad": Adagrad,
    "sgd": SGD, "line-search": BacktrackingSGD, "cg": ConjugateGradient,
}


def solver(name: str | Solver) -> Solver:
    """The solver of a name, with its defaults; a solver is itself.

    Raises
    ------
    ConfigError
        If the name is unknown.

    >>> solver("sgd").momentum
    0.9
    """
    if not isinstance(name, str):
        return name
    if name not in SOLVERS:
        raise ConfigError(f"solver {name!r} is unknown; choose {', '.join(SOLVERS)}")
    return SOLVERS[name]()
