"""scikit-learn: ``partial_fit`` of an MLP, which is one shuffled epoch with its loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor

from bench.workloads import MOMENTUM, Workload


def versions() -> dict[str, str]:
    return {"scikit-learn": sklearn.__version__}


class Scikit:
    def __init__(self, work: Workload, option: str, threads: int) -> None:
        self._X, y = work.data()
        kind = MLPRegressor if work.output == "identity" else MLPClassifier
        self._model = kind(
            hidden_layer_sizes=work.layer_sizes[1:-1], activation=work.activation,
            solver=work.solver,
            batch_size=work.batch, learning_rate_init=work.rate, momentum=MOMENTUM,
            nesterovs_momentum=False, alpha=0.0,
            # A number would give every partial_fit, and so every epoch, the same order.
            random_state=np.random.RandomState(work.seed),
        )
        self._y = y
        self._first: dict[str, Any] = {}
        if kind is MLPClassifier:
            self._first = {"classes": np.arange(work.layer_sizes[-1])}

    def epoch(self) -> float:
        self._model.partial_fit(self._X, self._y, **self._first)
        self._first = {}
        return float(self._model.loss_)

    def accuracy(self, X: Any, y: Any) -> float:
        return float(self._model.score(X, y))

    def close(self) -> None:
        pass


make = Scikit
