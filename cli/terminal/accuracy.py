"""Accuracy while training, measured now and then on a bounded sample of the test rows."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, ClassVar

from numpy.typing import NDArray

from fastavg import Model
from fastavg.data.sparse_rows import SparseRows
from fastavg.training.observers.events import Observer, RoundFinished

EVERY_SECONDS = 0.3
ROWS = 500


class AccuracyProbe(Observer):
    """An observer that keeps the latest score of the center.

    Parameters
    ----------
    model : Model
        What the weights mean.
    X : array or SparseRows (n_rows, n_features)
        Features of the test rows.
    y : array (n_rows,) or (n_rows, n_outputs)
        Test rows; the probe takes some of them, evenly spread.
    """

    weights_at: ClassVar[str] = "block"

    def __init__(self, model: Model, X: NDArray[Any] | SparseRows, y: NDArray[Any]) -> None:
        step = max(1, -(-len(y) // ROWS))
        self._model, self._X, self._y = model, X[::step], y[::step]
        self._next = 0.0
        self.latest: float | None = None

    @property
    def name(self) -> str:
        """What the score is called."""
        return "R²" if self._model.target == "number" else "accuracy"

    def on_round(self, event: RoundFinished) -> None:
        """Measure, unless it was done a moment ago; see :meth:`Observer.on_round`."""
        if not len(self._y) or time.monotonic() < self._next:
            return
        center = event.weights()
        self.latest = replace(self._model, weights=center.copy()).score(self._X, self._y)
        self._next = time.monotonic() + EVERY_SECONDS
