"""The figures of rows that a model has not been trained on, beside those of a baseline."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Answers(NamedTuple):
    """What a model says of rows, and what is true of them.

    Attributes
    ----------
    y : array (n_rows,) or (n_rows, n_outputs)
        The truth.
    predicted : array like y
        Classes or numbers.
    probabilities : array (n_rows, n_classes) or None
        None for numbers, and for classes without probabilities.
    classes : array (n_classes,) or None
        None for numbers.
    """

    y: NDArray[Any]
    predicted: NDArray[Any]
    probabilities: NDArray[np.floating] | None = None
    classes: NDArray[Any] | None = None


def answers_of(model: Any, X: Any, y: NDArray[Any]) -> Answers:
    """A model's answers for rows.

    Parameters
    ----------
    model : Model or TabularModel
        The trained model.
    X : array or Frame
        The rows, as the model takes them.
    y : array (n_rows,) or (n_rows, n_outputs)
        The truth.

    Returns
    -------
    Answers
        With probabilities, if the model has them.
    """
    if model.target == "number":
        return Answers(y, model.predict(X))
    if model.target == "labels" or model.network.output == "margin":
        return Answers(y, model.predict(X), None, model.classes)
    chances = model.predict_proba(X)
    chosen = model.choose(chances) if hasattr(model, "choose") else chances.argmax(axis=1)
    return Answers(y, model.classes[chosen], chances, model.classes)


def figures_of(answers: Answers, y_train: NDArray[Any]) -> dict[str, float]:
    """What the rows say of the model, and what a baseline would have reached on them.

    Parameters
    ----------
    answers : Answers
        Of the test rows.
    y_train : array (n_rows,) or (n_rows, n_outputs)
        Targets of the training rows: their mean, or their most frequent class, is the baseline.

    Returns
    -------
    dict of str to float
        ``accuracy``, ``baseline_accuracy``, ``log_loss``, ``auc`` of two classes; or ``r2``,
        ``rmse``, ``mae``, ``baseline_rmse``; empty without rows.

    Examples
    --------
    >>> y = np.array([1.0, 2.0])
    >>> figures_of(Answers(y, y), y)["rmse"]
    0.0
    """
    if not len(answers.y):
        return {}
    if answers.predicted.dtype.kind == "f" and answers.classes is None:
        return _of_numbers(answers, y_train)
    right = answers.predicted == answers.y
    found = {"accuracy": float(np.mean(right if right.ndim == 1 else right.all(axis=1)))}
    if answers.y.ndim > 1 or answers.classes is None:
        return found
    from sklearn.metrics import log_loss, roc_auc_score

    names, counts = np.unique(y_train, return_counts=True)
    found["baseline_accuracy"] = float(np.mean(answers.y == names[counts.argmax()]))
    chances, classes = answers.probabilities, answers.classes
    # A class that training has not seen has no probability.
    if chances is None or not np.isin(answers.y, classes).all():
        return found
    exact = np.asarray(chances, np.float64)
    found["log_loss"] = float(log_loss(
        answers.y, exact / exact.sum(axis=1, keepdims=True), labels=classes
    ))
    if len(classes) == 2 and len(np.unique(answers.y)) == 2:
        found["auc"] = float(roc_auc_score(answers.y == classes[1], exact[:, 1]))
    return found


def _of_numbers(answers: Answers, y_train: NDArray[Any]) -> dict[str, float]:
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    usual = np.broadcast_to(y_train.mean(axis=0), answers.y.shape)
    found = {
        "rmse": float(root_mean_squared_error(answers.y, answers.predicted)),
        "mae": float(mean_absolute_error(answers.y, answers.predicted)),
        "baseline_rmse": float(root_mean_squared_error(answers.y, usual)),
    }
    if len(answers.y) > 1:
        found = {"r2": float(r2_score(answers.y, answers.predicted)), **found}
    return found
