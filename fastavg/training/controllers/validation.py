"""Validation: score and loss of held-out rows, from the weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.losses import Loss
from fastavg.models.model import Model

Weights = NDArray[np.floating]


class HeldOut(NamedTuple):
    """Rows that are not trained on.

    Parameters
    ----------
    X : array (n_rows, n_features)
        Features.
    y : array (n_rows,) or (n_rows, n_outputs)
        Targets as the user gave them.
    """

    X: Any
    y: Any


class Validation:
    """A function from weights to the score and the mean loss of held-out rows.

    Parameters
    ----------
    model : Model
        What the weights mean.
    held : HeldOut
        Rows to score.
    metric : str
        ``auto``: accuracy, or R squared of numbers; ``loss``: the negative mean loss; or
        the name of a scorer of scikit-learn.
    loss : Loss, optional
        If not the own one of the network's output.

    Raises
    ------
    ConfigError
        If the metric is unknown.
    """

    def __init__(
        self, model: Model, held: HeldOut, metric: str = "auto", loss: Loss | None = None
    ) -> None:
        self._model, self._held, self._metric, self._loss = model, held, metric, loss
        self._scorer: Any = None
        if metric not in ("auto", "loss"):
            from sklearn.metrics import get_scorer, get_scorer_names

            if metric not in get_scorer_names():
                raise ConfigError(
                    f"metric {metric!r} is unknown; choose auto, loss, or a scorer of scikit-learn "
                    "such as balanced_accuracy or neg_mean_absolute_error"
                )
            self._scorer = get_scorer(metric)

    def __call__(self, weights: Weights) -> tuple[float, float]:
        """Score and loss; NaN if the weights are not finite."""
        if not np.isfinite(weights).all():
            return float("nan"), float("nan")
        model, held = replace(self._model, weights=weights), self._held
        loss = model.loss(held.X, held.y, self._loss)
        if self._metric == "loss":
            return -loss, loss
        if self._scorer is None:
            return model.score(held.X, held.y), loss
        return float(self._scorer(_Scored(model), held.X, held.y)), loss


class _Scored:
    """A model as scikit-learn's scorers see an estimator."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.classes_ = model.classes

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        numbers = self._model.target == "number"
        return Tags(
            estimator_type="regressor" if numbers else "classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=None if numbers else ClassifierTags(),
            regressor_tags=RegressorTags() if numbers else None,
        )

    def predict(self, X: Any) -> NDArray[Any]:
        return self._model.predict(X)

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        return self._model.predict_proba(X)
