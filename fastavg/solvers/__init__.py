"""Solvers: what a worker does inside a round."""

from __future__ import annotations

from fastavg.solvers.adaptive import Adagrad, Nadam, RMSProp
from fastavg.solvers.backtracking import BacktrackingSGD
from fastavg.solvers.conjugate_gradient import ConjugateGradient
from fastavg.solvers.contract import Job, Outcome, Solver
from fastavg.solvers.minibatch import SGD, Adam, AdamW, MiniBatch
from fastavg.solvers.regularization import Regular
from fastavg.solvers.schedules import REACTIVE, Schedule

__all__ = [
    "REACTIVE", "SGD", "Adagrad", "Adam", "AdamW", "BacktrackingSGD", "ConjugateGradient", "Job",
    "MiniBatch", "Nadam", "Outcome", "RMSProp", "Regular", "Schedule", "Solver",
]
