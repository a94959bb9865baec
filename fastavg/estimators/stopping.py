"""The loss of every local epoch, and the end of training once it stands still."""

from __future__ import annotations

import math
from typing import Any

from fastavg.training.events import Event, RoundFinished


class EpochLosses:
    """An observer that ends training when the loss no longer falls.

    Parameters
    ----------
    tol : float
        An epoch that lowers the best loss by less counts as standing still.
    patience : int
        Epochs in a row that may stand still.

    Attributes
    ----------
    curve : list of float
        Mean training loss of every epoch, or of every round where rounds are longer.
    """

    def __init__(self, tol: float, patience: int) -> None:
        self.curve: list[float] = []
        self._tol, self._patience = tol, patience
        self._best, self._still = math.inf, 0
        self._loss = self._rows = 0.0
        self._epoch = 0

    def notice(self, event: Event) -> bool:
        """Add a round; True to end training."""
        if not isinstance(event, RoundFinished):
            return False
        self._loss += event.loss * event.rows
        self._rows += event.rows
        last = event.round == event.n_rounds - 1
        if math.floor(event.epoch + 1e-9) <= self._epoch and not last:
            return False
        self._epoch = math.floor(event.epoch + 1e-9)
        loss = self._loss / max(self._rows, 1e-300)
        self._loss = self._rows = 0.0
        self.curve.append(loss)
        self._still = self._still + 1 if loss > self._best - self._tol else 0
        self._best = min(self._best, loss)
        return self._still > self._patience

    def remember(self) -> dict[str, Any]:
        """Everything that the next round's answer depends on, for a checkpoint."""
        return {**vars(self), "curve": list(self.curve)}

    def recall(self, memory: dict[str, Any]) -> None:
        """Go on from there."""
        vars(self).update(memory)
