"""Learning rates that fall when the training loss stands still."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar

from fastavg.plan.plan import Plan
from fastavg.solvers import REACTIVE, MiniBatch, Schedule
from fastavg.training.controllers.contract import Controller, Directive
from fastavg.training.observers.events import RoundFinished


class Plateau(Controller):
    """Lowers the learning rate after local epochs without a lower training loss.

    A loss counts once a local epoch is full, as the mean over its rounds.

    Parameters
    ----------
    schedule : Schedule
        With the kind ``plateau`` or ``adaptive``.

    Attributes
    ----------
    rate_factor : float
        Factor on the next round's learning rate.
    """

    weights_at: ClassVar[str] = "epoch"

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.rate_factor = 1.0
        self._best, self._still = math.inf, 0
        self._loss = self._rows = 0.0
        self._epoch = 0

    def before_round(self, directive: Directive) -> Directive:
        """Multiply the rate; see :meth:`Controller.before_round`."""
        return replace(directive, rate_factor=directive.rate_factor * self.rate_factor)

    def on_round(self, event: RoundFinished) -> None:
        """Add a round; lower the factor at the end of an epoch if it is time.

        See :meth:`Observer.on_round`.
        """
        self._loss += event.loss * event.rows
        self._rows += event.rows
        if math.floor(event.epoch + 1e-9) <= self._epoch:
            return
        self._epoch = math.floor(event.epoch + 1e-9)
        loss = self._loss / max(self._rows, 1e-300)
        self._loss = self._rows = 0.0
        self._compare(loss)

    def _compare(self, loss: float) -> None:
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

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next round's factor depends on."""
        return {
            "rate_factor": self.rate_factor, "best": self._best, "still": self._still,
            "loss": self._loss, "rows": self._rows, "epoch": self._epoch,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; see :meth:`Stateful.load_state_dict`."""
        self.rate_factor, self._best = float(state["rate_factor"]), float(state["best"])
        self._still, self._epoch = int(state["still"]), int(state["epoch"])
        self._loss, self._rows = float(state["loss"]), float(state["rows"])


def schedule_controllers(plan: Plan) -> list[Controller]:
    """The controllers that a plan's schedule needs.

    Parameters
    ----------
    plan : Plan
        How to train.
    """
    if isinstance(plan.solver, MiniBatch) and plan.solver.schedule.kind in REACTIVE:
        return [Plateau(plan.solver.schedule)]
    return []
