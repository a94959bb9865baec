"""Solvers: what a worker does inside a round."""

from __future__ import annotations

from fastavg.solvers.adaptive import Adagrad, Adam, AdamW, Nadam, RMSProp
from fastavg.solvers.backtracking import BacktrackingSGD
from fastavg.solvers.conjugate_gradient import ConjugateGradient
from fastavg.solvers.contract import SOLVERS, Job, Outcome, Solver
from fastavg.solvers.layer_rates import LayerRates
from fastavg.solvers.lbfgs import LBFGS
from fastavg.solvers.levenberg_marquardt import LevenbergMarquardt
from fastavg.solvers.minibatch import SGD, MiniBatch
from fastavg.solvers.natural_gradient import NaturalGradient
from fastavg.solvers.regularization import Regularization
from fastavg.solvers.schedule_free import ScheduleFreeAdamW, ScheduleFreeSGD
from fastavg.solvers.schedules import REACTIVE, Schedule

__all__ = [
    "LBFGS", "REACTIVE", "SGD", "SOLVERS", "Adagrad", "Adam", "AdamW", "BacktrackingSGD",
    "ConjugateGradient", "Job", "LayerRates", "LevenbergMarquardt", "MiniBatch", "Nadam",
    "NaturalGradient", "Outcome", "RMSProp", "Regularization", "Schedule", "ScheduleFreeAdamW",
    "ScheduleFreeSGD", "Solver", "solver",
]


def solver(name: str | Solver) -> Solver:
    """The solver of a name, with its defaults; a solver is itself.

    Parameters
    ----------
    name : str or Solver
        One of :data:`SOLVERS`, or a solver.

    Raises
    ------
    ConfigError
        If the name is unknown.

    >>> solver("sgd").momentum
    0.9
    """
    return SOLVERS.make(name)
