"""Early stopping: every epoch scored, the best weights kept, an end when nothing improves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.plan.stopping_rule import Stopping
from fastavg.training.controllers.contract import Controller, Directive
from fastavg.training.controllers.final_combination import LatestCenters
from fastavg.training.controllers.penalty import L2Penalty
from fastavg.training.observers.events import (
    CentersCombined,
    Finished,
    RoundFinished,
    Started,
)

Weights = NDArray[np.floating]
Validate = Callable[[Weights], tuple[float, float]]
# An adaptive rate is divided by this, until it is as small as that.
DIVISOR, LEAST_RATE = 5.0, 1e-6


def _once(make: Callable[[], Weights]) -> Callable[[], Weights]:
    # To ask for weights may mean to copy them; functools.cache takes as long as an epoch.
    made: list[Weights] = []

    def weights() -> Weights:
        if not made:
            made.append(make())
        return made[0]

    return weights


class EpochFigures(NamedTuple):
    """An epoch that has just ended.

    Parameters
    ----------
    number : int
        From 1.
    loss : float
        Mean training loss, with the penalty.
    score, validation_loss : float
        Of the held-out rows; NaN where nothing is held out.
    seconds : float
        Since training began.
    rate_factor : float
        Factor on the learning rate.
    weights : array (n_weights,)
        A view; valid until the next round ends.
    """

    number: int
    loss: float
    score: float
    validation_loss: float
    seconds: float
    rate_factor: float
    weights: Weights


class EarlyStopping(Controller):
    """Keeps the curves of a run and ends it when nothing improves any longer.

    Parameters
    ----------
    stopping : Stopping
        Tolerance, patience, and whether the best weights are kept.
    penalty : L2Penalty, optional
        What the penalty adds to the loss.
    validate : callable, optional
        Score and loss of held-out rows, from the weights; without it the training loss
        is watched.
    adaptive_from : float
        The first rate of an adaptive schedule as scikit-learn has it, 0 for any other.
    report : callable, optional
        Told of every :class:`EpochFigures`; True ends training.

    Attributes
    ----------
    losses, scores, validation_losses : list of float
        Of every epoch.
    lowest_loss : float
    best_weights : array or None
        Weights of the best epoch, if they are kept; those of the final combination, if it is
        taken.
    combined : CentersCombined or None
        What the final combination has come to; None if there was none.
    epochs : int
        Epochs so far, one that was begun included.
    converged : bool
        True if training ended because nothing improved.
    rate_factor : float
        Factor on the learning rate.
    stopped_by : str
        As in :class:`~fastavg.training.observers.events.Finished`.
    """

    weights_at: ClassVar[str] = "epoch"

    def __init__(
        self, stopping: Stopping, *, penalty: L2Penalty | None = None,
        validate: Validate | None = None, adaptive_from: float = 0.0,
        report: Callable[[EpochFigures], bool] | None = None,
    ) -> None:
        self.losses: list[float] = []
        self.scores: list[float] = []
        self.validation_losses: list[float] = []
        self.best_weights: Weights | None = None
        self.lowest_loss = self._best = math.inf
        self.converged, self.rate_factor, self.epochs = False, 1.0, 0
        self._tol, self._patience, self._still = stopping.tol, stopping.patience, 0
        self._penalty, self._validate, self._report = penalty, validate, report
        keep = stopping.restore_best
        self._keeps_best = validate is not None if keep == "auto" else bool(keep)
        self.combined: CentersCombined | None = None
        self._latest: LatestCenters | None = None
        if validate is not None and stopping.combine != "none":
            self._latest = LatestCenters(stopping.combine, int(stopping.combine_last))
        self._rate = adaptive_from
        self._loss = self._rows = self._cost = 0.0
        self._first: Weights | None = None
        self.stopped_by = ""
        self._began = time.perf_counter()

    @property
    def best(self) -> float:
        """The lowest loss, or the highest score."""
        return -self._best if self._validate else self._best

    def begin(
        self, weights: Weights, losses: list[float], scores: list[float], best: float
    ) -> None:
        """Continue the curves of an earlier fit.

        Parameters
        ----------
        weights : array (n_weights,)
            The first weights, for the penalty.
        losses, scores : list of float
            Curves so far.
        best : float
            The best score or loss so far, infinite if there is none.
        """
        self.losses, self.scores = losses, scores
        self._best = -best if self._validate else best
        self._first = weights

    def skip(self, epochs: float) -> None:
        """Count on from a run that has gone so far already.

        Parameters
        ----------
        epochs : float
            Local epochs so far.
        """
        self.epochs = math.floor(epochs + 1e-9)

    def before_round(self, directive: Directive) -> Directive:
        """Multiply the rate by that of an adaptive schedule.

        See :meth:`Controller.before_round`.
        """
        return replace(directive, rate_factor=directive.rate_factor * self.rate_factor)

    def on_start(self, event: Started) -> None:
        """Start the clock; see :meth:`Observer.on_start`."""
        self._began = time.perf_counter()

    def on_finish(self, event: Finished) -> None:
        """Keep why training ended; see :meth:`Observer.on_finish`."""
        self.stopped_by = event.stopped_by
        self._combine()

    def on_round(self, event: RoundFinished) -> bool:
        """Add a round; True to end training; see :meth:`Observer.on_round`."""
        self._loss += event.loss * event.rows
        self._rows += event.rows
        if math.floor(event.epoch + 1e-9) <= self.epochs and not event.last:
            return False
        self.epochs = math.ceil(event.epoch - 1e-9)
        return self._end_epoch(event)

    def _combine(self) -> None:
        if self._latest is None or self._validate is None or not self.scores:
            return
        validate = self._validate
        found = self._latest.combined(lambda weights: validate(weights)[0])
        if found is None:
            return
        before = self.best if self._keeps_best else self.scores[-1]
        taken = bool(found.score > before)
        self.combined = CentersCombined(
            self._latest.kind, found.centers, found.score, before, taken
        )
        if taken:
            self.best_weights = found.weights

    def undisturbed_rounds(self) -> float:
        """Rounds before patience can be at its end, where only the losses are watched.

        See :meth:`Observer.undisturbed_rounds`.
        """
        if self._validate or self._report or self._keeps_best:
            return 0
        return self._patience - self._still + 1

    def _last_cost(self) -> float:
        # Not asked for before training has compiled what it takes.
        if self._first is not None:
            self._cost = self._penalty(self._first) if self._penalty else 0.0
            self._first = None
        return self._cost

    def _end_epoch(self, event: RoundFinished) -> bool:
        weights = _once(event.weights)
        loss = self._loss / max(self._rows, 1e-300)
        self._loss = self._rows = 0.0
        if self._penalty:
            # The penalty changed on the way; its mean over the epoch is near that of its ends.
            before, squares = self._last_cost(), event.squared_weights
            self._cost = (
                self._penalty(weights()) if squares is None else self._penalty.of_squares(squares)
            )
            loss += self._cost if event.at_end else 0.5 * (before + self._cost)
        self.losses.append(loss)
        self.lowest_loss = min(self.lowest_loss, loss)
        score = held = math.nan
        if self._validate:
            score, held = self._validate(weights())
            self.scores.append(score)
            self.validation_losses.append(held)
            if self._latest is not None:
                self._latest.take(weights(), score)
        self._compare(-score if self._validate else loss, weights)
        asked = False
        if self._report:
            asked = self._report(EpochFigures(
                len(self.losses), loss, score, held, time.perf_counter() - self._began,
                self.rate_factor, weights(),
            ))
        if self._still <= self._patience:
            return asked
        if self._rate * self.rate_factor > LEAST_RATE:
            self.rate_factor /= DIVISOR
            self._still = 0
            return asked
        self.converged = True
        return True

    def _compare(self, value: float, weights: Callable[[], Weights]) -> None:
        # As in scikit-learn, where a score must gain as much as tol and a loss lose more.
        stands = value > self._best - self._tol
        self._still = self._still + 1 if stands else 0
        if value < self._best:
            self._best = value
            if self._keeps_best:
                self.best_weights = weights().copy()

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next round's answer depends on."""
        return {
            "losses": list(self.losses), "scores": list(self.scores),
            "validation_losses": list(self.validation_losses), "best": self._best,
            "lowest_loss": self.lowest_loss, "still": self._still, "epochs": self.epochs,
            "rate_factor": self.rate_factor, "converged": self.converged, "cost": self._last_cost(),
            "loss": self._loss, "rows": self._rows,
            "best_weights": self.best_weights,
            **({"latest": self._latest.state_dict()} if self._latest is not None else {}),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; see :meth:`Stateful.load_state_dict`."""
        self.losses, self.scores = list(state["losses"]), list(state["scores"])
        self.validation_losses = list(state["validation_losses"])
        self._best, self.lowest_loss = float(state["best"]), float(state["lowest_loss"])
        self._still, self.epochs = int(state["still"]), int(state["epochs"])
        self.rate_factor, self.converged = float(state["rate_factor"]), bool(state["converged"])
        self._first, self._cost, self._loss = None, float(state["cost"]), float(state["loss"])
        self._rows = float(state["rows"])
        self.best_weights = state["best_weights"]
        if self._latest is not None and "latest" in state:
            self._latest.load_state_dict(state["latest"])
