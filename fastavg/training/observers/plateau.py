"""Rates that fall when the training loss stands still: the schedules that need to look."""

from __future__ import annotations

import math
from typing import Any

from fastavg.plan.plan import Plan
from fastavg.solvers import REACTIVE, MiniBatch, Schedule
from fastavg.training.observers.events import Event, RoundFinished


class Plateau:
    """An observer that keeps the factor on the next round's learning rate.

    A loss counts once a local epoch is full, as the mean over its rounds.  It belongs to
    the common state: it is the same on every rank, and checkpoints hold what it remembers.

    Parameters
    ----------
    schedule : Schedule
        With the kind ``plateau`` or ``adaptive``.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.rate_factor = 1.0
        self._best, self._still = math.inf, 0
        self._loss = self._rows = 0.0
        self._epoch = 0

    def notice(self, event: Event) -> None:
        """Add a round; lower the factor if it is time."""
        if not isinstance(event, RoundFinished):
            return
        self._loss += event.loss * event.rows
        self._rows += event.rows
        if math.floor(event.epoch + 1e-9) <= self._epoch:
            return
        self._epoch = math.floor(event.epoch + 1e-9)
        loss = self._loss / max(self._rows, 1e-300)
        self._loss = self._rows = 0.0
        self._judge(loss)

    def _judge(self, loss: float) -> None:
        schedule = self._schedule
        if schedule.kind == "adaptive":
            # As scikit-learn: a little lower does not count, but is the best from then on.
            better = loss <= self._best - schedule.tol
            self._best = min(self._best, loss)
        else:
            better = loss < self._best * (1 - schedule.tol)
            self._best = loss if better else self._best
        self._still = 0 if better else self._still + 1
        if self._still > schedule.patience:
            self._still = 0
            least = min(schedule.least, self.rate_factor)
            self.rate_factor = max(self.rate_factor * schedule.shrink, least)

    def remember(self) -> dict[str, Any]:
        """Everything that the next round's factor depends on, for a checkpoint."""
        return {name: value for name, value in vars(self).items() if name != "_schedule"}

    def recall(self, memory: dict[str, Any]) -> None:
        """Go on from there."""
        vars(self).update(memory)


def followers(plan: Plan) -> list[Plateau]:
    """Who watches the loss of a run, if its schedule needs somebody to."""
    if isinstance(plan.solver, MiniBatch) and plan.solver.schedule.kind in REACTIVE:
        return [Plateau(plan.solver.schedule)]
    return []
