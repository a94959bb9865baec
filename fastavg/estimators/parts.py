"""The parts of a run that an estimator's parameters name: its solver, its hidden layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fastavg.errors import ConfigError
from fastavg.losses import CrossEntropy, Loss, loss
from fastavg.options import is_number, is_whole
from fastavg.solvers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    BacktrackingSGD,
    ConjugateGradient,
    Nadam,
    RMSProp,
    Schedule,
    Solver,
)

STOCHASTIC = ("sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam")
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
    schedule = _schedule(estimator)
    first = estimator.learning_rate_init
    if name == "sgd":
        return SGD(first, schedule, estimator.momentum, estimator.nesterovs_momentum)
    first = _for_workers(first, estimator.workers)
    moments = (estimator.beta_1, estimator.beta_2, estimator.epsilon)
    if name == "adam":
        return Adam(first, schedule, *moments)
    if name == "adamw":
        return AdamW(first, schedule, *moments)
    if name == "nadam":
        return Nadam(first, schedule, *moments)
    if name == "rmsprop":
        return RMSProp(first, schedule, epsilon=estimator.epsilon)
    if name == "adagrad":
        return Adagrad(first, schedule)
    raise ConfigError(f"solver {name!r} is unknown; choose {', '.join(SOLVERS)}")


def _schedule(estimator: Any) -> Schedule:
    rate = estimator.learning_rate
    if not isinstance(rate, str):
        made: Schedule = rate
        return made
    # Adaptive rates are made by who watches the losses and the held-out rows.
    kind = "constant" if rate == "adaptive" else rate
    return Schedule(kind, estimator.power_t, warmup=estimator.warmup)


def _for_workers(rate: Any, workers: Any) -> Any:
    """The rate of a solver that divides by the size of the gradient, for several workers.

    Each worker has its part of a batch, and a gradient that is noisier by the square root
    of their number; its steps are smaller by as much, and the average does not make up for
    it (Malladi et al. 2022, "On the SDEs and scaling rules for adaptive gradient algorithms").
    """
    if is_number(rate) and is_whole(workers, 2):
        return rate * math.sqrt(workers)
    return rate


def loss_of(estimator: Any, own: str) -> Loss | None:
    """The loss of a name; a loss is itself, and None is the output's own.

    Parameters
    ----------
    estimator
    own : str
        What 'auto' means.

    Raises
    ------
    ConfigError
        If the name is unknown, or labels are smoothed for another loss.
    """
    name = own if isinstance(estimator.loss, str) and estimator.loss == "auto" else estimator.loss
    if name == "log_loss":
        name = "cross_entropy"
    found = loss(name)
    if estimator.label_smoothing:
        if not isinstance(found, CrossEntropy):
            raise ConfigError(
                f"label_smoothing is {estimator.label_smoothing}; it goes with the loss log_loss"
            )
        return CrossEntropy(estimator.label_smoothing)
    return found


def output_of(found: Loss | None, *fitting: str) -> str:
    """The first of the fitting outputs that a loss goes with.

    Raises
    ------
    ConfigError
        If it goes with none of them.
    """
    for output in fitting:
        if found is None or output in found.outputs:
            return output
    raise ConfigError(
        f"loss {type(found).__name__} does not go with this estimator; it is for the output "
        f"{' or '.join(found.outputs if found else ())}"
    )
