"""How good a classifier is: confusion, classes one by one, curves, calibration."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.runs.run_figures import Answers

POINTS, BINS, MOST_CURVES, MOST_SHOWN = 101, 10, 6, 20


def class_quality(answers: Answers) -> dict[str, Any]:
    """All of it, in plain values.

    Parameters
    ----------
    answers : Answers
        Of rows that the model was not trained on.

    Returns
    -------
    dict
        ``confusion`` (classes and counts, a row for each true class), ``classes`` (precision,
        recall, F1, rows of each), and with probabilities ``curves`` (ROC and precision-recall
        of each class, at most six), ``calibration`` and ``brier``.
    """
    assert answers.classes is not None
    classes = list(dict.fromkeys([*answers.classes.tolist(), *np.unique(answers.y).tolist()]))
    place = {name: at for at, name in enumerate(classes)}
    true = np.array([place[each] for each in answers.y.tolist()])
    said = np.array([place[each] for each in answers.predicted.tolist()])
    counts = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(counts, (true, said), 1)
    names = [str(each) for each in classes]
    found: dict[str, Any] = {
        "confusion": {"classes": names, "counts": counts.tolist()},
        "classes": _one_by_one(names, counts),
    }
    if answers.probabilities is None:
        return found
    chances = np.asarray(answers.probabilities, np.float64)
    rows = np.bincount(true, minlength=len(classes))
    # Of two classes the second one's curves say everything.
    shown = [1] if len(answers.classes) == 2 else sorted(
        range(len(answers.classes)), key=lambda at: -rows[at]
    )[:MOST_CURVES]
    found["curves"] = [
        {"class": names[at], **class_curves(true == at, chances[:, at])}
        for at in shown if 0 < rows[at] < len(true)
    ]
    found["calibration"] = calibration(chances, true)
    one = np.zeros((len(true), len(classes)))
    one[np.arange(len(true)), true] = 1
    found["brier"] = float(((chances - one[:, : chances.shape[1]]) ** 2).sum(axis=1).mean())
    return found


def _one_by_one(names: list[str], counts: NDArray[np.int64]) -> list[dict[str, Any]]:
    right, true, said = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    made = []
    for at, name in enumerate(names):
        precision = right[at] / said[at] if said[at] else None
        recall = right[at] / true[at] if true[at] else None
        both = true[at] + said[at]
        made.append({
            "class": name, "rows": int(true[at]),
            "precision": None if precision is None else float(precision),
            "recall": None if recall is None else float(recall),
            "f1": float(2 * right[at] / both) if both else None,
        })
    return made


def class_curves(is_class: NDArray[np.bool_], chance: NDArray[np.float64]) -> dict[str, Any]:
    """ROC and precision-recall of a class against all others.

    Parameters
    ----------
    is_class : array (n_rows,) of bool
        Which rows are of the class; some are, and some are not.
    chance : array (n_rows,)
        The probability of the class.

    Returns
    -------
    dict
        ``auc``, ``average_precision``, and the curves at 101 places: ``false_positives`` and
        ``true_positives``, which begin with 0 and 0, ``recall`` and ``precision``.

    Examples
    --------
    >>> class_curves(np.array([False, True]), np.array([0.25, 0.75]))["auc"]
    1.0
    """
    from sklearn.metrics import (
        average_precision_score,
        precision_recall_curve,
        roc_auc_score,
        roc_curve,
    )

    false, true, _ = roc_curve(is_class, chance)
    precision, recall, _ = precision_recall_curve(is_class, chance)
    at = np.linspace(0, 1, POINTS)
    ends = np.searchsorted(-recall, -at, side="right") - 1
    return {
        "auc": float(roc_auc_score(is_class, chance)),
        "average_precision": float(average_precision_score(is_class, chance)),
        "false_positives": [0.0, *at.tolist()],
        "true_positives": [0.0, *np.interp(at, false, true).round(6).tolist()],
        "recall": at.tolist(), "precision": precision[ends.clip(0)].round(6).tolist(),
    }


def calibration(chances: NDArray[np.float64], true: NDArray[np.integer]) -> dict[str, Any]:
    """How often answers of a probability are right (expected calibration error, ten bins).

    Parameters
    ----------
    chances : array (n_rows, n_classes)
        Probabilities.
    true : array (n_rows,) of int
        The place of the true class.

    Returns
    -------
    dict
        ``ece``, and of each bin with rows ``said`` (the mean probability of the answer),
        ``right`` (the share of right answers) and ``rows``.

    Examples
    --------
    >>> calibration(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1]))["ece"]
    0.5
    """
    top, right = chances.max(axis=1), chances.argmax(axis=1) == true
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    rows = np.bincount(bins, minlength=BINS)
    kept = rows > 0
    said = np.bincount(bins, top, BINS)[kept] / rows[kept]
    met = np.bincount(bins, right, BINS)[kept] / rows[kept]
    return {
        "ece": float((np.abs(said - met) * rows[kept]).sum() / len(top)),
        "said": said.tolist(), "right": met.tolist(), "rows": rows[kept].tolist(),
    }
