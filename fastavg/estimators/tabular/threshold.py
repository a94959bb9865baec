"""The threshold between two classes that a metric likes best on held-out rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError

# Thresholds that are tried, at most: quantiles of the probabilities.
TRIED = 400


def metrics() -> dict[str, Callable[..., float]]:
    """What a threshold can be chosen by: functions of (truth, answers), 1 for the second class."""
    from sklearn import metrics as of

    return {
        "accuracy": of.accuracy_score, "balanced_accuracy": of.balanced_accuracy_score,
        "f1": of.f1_score, "jaccard": of.jaccard_score, "matthews": of.matthews_corrcoef,
    }


def check_threshold(asked: str | float) -> None:
    """Refuse what is no threshold, before anything is trained.

    Parameters
    ----------
    asked : str or float
        A key of :func:`metrics`, or a probability.

    Raises
    ------
    ConfigError
        If the metric is unknown, or the number is not at least 0 and below 1.
    """
    if isinstance(asked, str):
        if asked not in metrics():
            known = ", ".join(metrics())
            raise ConfigError(f"threshold {asked!r} is unknown; choose {known} or a number")
    elif not 0 <= asked < 1:
        raise ConfigError(f"threshold is {asked}; it must be at least 0 and below 1")


def best_threshold(
    metric: str, probabilities: NDArray[np.float64], y: NDArray[Any],
    weights: NDArray[np.floating] | None = None,
) -> float:
    """The probability above which rows are best taken for the second class.

    Parameters
    ----------
    metric : str
        A key of :func:`metrics`.
    probabilities : array (n_rows,)
        Of the second class, from networks that had held the row out; NaN where none had.
    y : array (n_rows,)
        Class numbers, 0 and 1.
    weights : array (n_rows,), optional
        How much each row counts.

    Returns
    -------
    float
        At least 0 and below 1; half-way between two probabilities, the nearest to 0.5 of equals.

    Raises
    ------
    ConfigError
        If the metric is unknown.

    Examples
    --------
    >>> best_threshold("f1", np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 0, 1, 1]))
    0.25
    """
    check_threshold(metric)
    score = metrics()[metric]
    seen = np.flatnonzero(~np.isnan(probabilities))
    chances, truth = probabilities[seen], y[seen]
    counts = None if weights is None else weights[seen]
    values = np.unique(chances)
    if len(values) > TRIED:
        values = np.unique(np.quantile(values, np.linspace(0, 1, TRIED), method="nearest"))
    tried = np.concatenate([[0.5], (values[1:] + values[:-1]) / 2])
    tried = tried[np.argsort(np.abs(tried - 0.5), kind="stable")]
    found = [score(truth, chances > each, sample_weight=counts) for each in tried]
    return float(tried[int(np.argmax(found))])
