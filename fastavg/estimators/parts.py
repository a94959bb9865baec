"""The parts of a run that an estimator's parameters name: its solver, its hidden layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastavg.errors import ConfigError
from fastavg.settings import is_whole
from fastavg.solvers import SGD, Adam, BacktrackingSGD, ConjugateGradient, Schedule, Solver

STOCHASTIC = ("sgd", "adam")
SOLVERS = (*STOCHASTIC, "lbfgs", "cg")


def hidden_of(estimator: Any) -> tuple[int, ...]:
    """The sizes of the hidden layers.

    Raises
    ------
    ConfigError
        If one is no whole number of at least 1.
    """
    given = np.atleast_1d(np.asarray(estimator.hidden_layer_sizes, object)).tolist()
    for size in given:
        if not is_whole(size, 1):
            raise ConfigError(
                f"hidden_layer_sizes must be > 0, got {list(given)}; each is a number of units"
            )
    return tuple(int(size) for size in given)


def solver_of(estimator: Any) -> Solver:
    """The solver of a name; a solver is itself.

    Raises
    ------
    ConfigError
        If the name, or the name of the schedule, is unknown.
    """
    name, rate = estimator.solver, estimator.learning_rate
    if not isinstance(name, str):
        solver: Solver = name
        return solver
    if name == "cg":
        return ConjugateGradient()
    if (name, rate) == ("sgd", "line-search"):
        return BacktrackingSGD()
    # Adaptive rates are made by who watches the losses, not by a schedule.
    schedule = Schedule() if rate == "adaptive" else Schedule(rate, estimator.power_t)
    if name == "adam":
        return Adam(
            estimator.learning_rate_init, schedule, estimator.beta_1, estimator.beta_2,
            estimator.epsilon,
        )
    if name == "sgd":
        return SGD(
            estimator.learning_rate_init, schedule, estimator.momentum,
            estimator.nesterovs_momentum,
        )
    raise ConfigError(f"solver {name!r} is unknown; choose {', '.join(SOLVERS)}")
