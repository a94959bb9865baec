"""Solvers: what a worker does inside a round."""

from __future__ import annotations

from fastavg.solvers.adaptive import Adagrad, Nadam, RMSProp
from fastavg.solvers.backtracking import BacktrackingSGD
from fastavg.solvers.conjugate import ConjugateGradient
from fastavg.solvers.job import Job, Outcome, Solver
from fastavg.solvers.minibatch import SGD, Adam, AdamW
from fastavg.solvers.schedules import Schedule

__all__ = [
    "SGD", "Adagrad", "Adam", "AdamW", "BacktrackingSGD", "ConjugateGradient", "Job", "Nadam",
    "Outcome", "RMSProp", "Schedule", "Solver",
]
