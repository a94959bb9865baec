"""What is watched while an estimator trains: losses, scores, the clock; and when it ends."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.training.observers.events import Event, RoundFinished, Started

Weights = NDArray[np.floating]
# An adaptive rate is divided by this, until it is as small as that.
DIVISOR, LEAST_RATE = 5.0, 1e-6


class Watch:
    """An observer that keeps curves and ends training when nothing improves any longer.

    Parameters
    ----------
    tol : float
        An epoch that improves on the best by less counts as standing still.
    patience : float
        Epochs in a row that may stand still.
    penalty : callable, optional
        What the L2 term adds to the loss, from the weights.
    validate : callable, optional
        Score and loss of held-out rows, from the weights.
    keep_best : bool
        Remember the weights of the best epoch.
    max_seconds : float, optional
        Training ends with the round in which they are over.
    adaptive_from : float
        The rate of an adaptive schedule, 0 for any other.
    report : callable, optional
        Told of every epoch's figures with the weights; True ends training.

    Attributes
    ----------
    curve, scores, losses : list of float
        Training loss, validation score, validation loss of every epoch.
    best : float
        Lowest loss, or highest score where rows are held out.
    best_weights : array or None
    epochs : int
        Epochs so far, one that was begun included.
    converged : bool
        True if training ended because nothing improved.
    rate_factor : float
        On the learning rate.
    """

    def __init__(
        self, tol: float, patience: float, *,
        penalty: Callable[[Weights], float] | None = None,
        validate: Callable[[Weights], tuple[float, float]] | None = None,
        keep_best: bool = False, max_seconds: float | None = None, adaptive_from: float = 0.0,
        report: Callable[[int, float, float, float, float, float, Weights], bool] | None = None,
    ) -> None:
        self.curve: list[float] = []
        self.scores: list[float] = []
        self.losses: list[float] = []
        self.best_weights: Weights | None = None
        self.lowest = self._best = math.inf
        self.converged, self.rate_factor = False, 1.0
        self._tol, self._patience, self._still = tol, patience, 0
        self._penalty, self._validate, self._report = penalty, validate, report
        self._keep_best, self._rate = keep_best, adaptive_from
        self._seconds, self._limit = 0.0, max_seconds or math.inf
        self._loss = self._rows = 0.0
        self.epochs, self._cost = 0, 0.0
        self._began = time.perf_counter()

    @property
    def best(self) -> float:
        """The lowest loss, or the highest score."""
        return -self._best if self._validate else self._best

    def begin(self, weights: Weights, curve: list[float], scores: list[float], best: float) -> None:
        """Take over what an earlier fit has left, and the weights to start from."""
        self.curve, self.scores = curve, scores
        self._best = -best if self._validate else best
        self._cost = self._penalty(weights) if self._penalty else 0.0

    def skip(self, epochs: float) -> None:
        """Count on from a run that has gone so far already."""
        self.epochs = math.floor(epochs + 1e-9)

    def notice(self, event: Event) -> bool:
        """Add a round; True to end training."""
        if isinstance(event, Started):
            self._began = time.perf_counter()
        if not isinstance(event, RoundFinished):
            return False
        self._loss += event.loss * event.rows
        self._rows += event.rows
        late = time.perf_counter() - self._began > self._limit
        last = late or event.round == event.n_rounds - 1
        if math.floor(event.epoch + 1e-9) <= self.epochs and not last:
            return False
        self.epochs = math.ceil(event.epoch - 1e-9)
        return self._end_epoch(event.weights()) or late

    def _end_epoch(self, weights: Weights) -> bool:
        loss = self._loss / max(self._rows, 1e-300)
        self._loss = self._rows = 0.0
        if self._penalty:
            # The penalty changed on the way; its mean over the epoch is near that of its ends.
            before, self._cost = self._cost, self._penalty(weights)
            loss += 0.5 * (before + self._cost)
        self.curve.append(loss)
        self.lowest = min(self.lowest, loss)
        score = held = math.nan
        if self._validate:
            score, held = self._validate(weights)
            self.scores.append(score)
            self.losses.append(held)
        self._compare(-score if self._validate else loss, weights)
        asked = False
        if self._report:
            seconds = time.perf_counter() - self._began
            asked = self._report(
                len(self.curve), loss, score, held, seconds, self.rate_factor, weights
            )
        if self._still <= self._patience:
            return asked
        if self._rate * self.rate_factor > LEAST_RATE:
            self.rate_factor /= DIVISOR
            self._still = 0
            return asked
        self.converged = True
        return True

    def _compare(self, value: float, weights: Weights) -> None:
        # As in scikit-learn, where a score must gain as much as tol and a loss lose more.
        stands = value > self._best - self._tol
        self._still = self._still + 1 if stands else 0
        if value < self._best:
            self._best = value
            if self._keep_best:
                self.best_weights = weights.copy()

    def remember(self) -> dict[str, Any]:
        """Everything that the next round's answer depends on, for a checkpoint."""
        names = ("curve", "scores", "losses", "_best", "_still", "rate_factor", "_loss", "_rows",
                 "epochs", "_cost", "lowest")
        return {name: getattr(self, name) for name in names}

    def recall(self, memory: dict[str, Any]) -> None:
        """Go on from there."""
        vars(self).update(memory)
