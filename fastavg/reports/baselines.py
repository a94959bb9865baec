"""A linear model of the same columns, to see what the network is for."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.reports.report_rows import ReportRows
from fastavg.runs.run_figures import Answers, figures_of

MOST_ROWS, LEVELS, MOST_CLASSES, STEPS = 5000, 10, 30, 60


def linear_baseline(
    train: tuple[ReportRows, NDArray[Any]], test: tuple[ReportRows, NDArray[Any]], task: str
) -> dict[str, Any]:
    """Train a linear model on at most 5,000 training rows, and test it.

    Numbers are standardised, missing ones are their mean; a category has an input for each
    of its ten most frequent levels.

    Parameters
    ----------
    train, test : tuple of ReportRows and array
        Rows and targets.
    task : str
        ``class`` or ``number``.

    Returns
    -------
    dict
        ``rows`` that it was trained on, and ``test``, its figures on the test rows; empty
        if there are more than 30 classes.
    """
    rows, y = train
    step = max(1, -(-len(rows) // MOST_ROWS))
    chosen = np.arange(0, len(rows), step)
    few, truth = rows.take(chosen), y[chosen]
    if task == "class" and len(np.unique(truth)) > MOST_CLASSES:
        return {}
    X, X_test = _inputs(few, few), _inputs(few, test[0])
    if task == "number":
        from sklearn.linear_model import Ridge

        predicted = Ridge(alpha=1.0).fit(X, truth).predict(X_test)
        answers = Answers(test[1], predicted)
    else:
        from sklearn.linear_model import LogisticRegression

        with warnings.catch_warnings():
            # A baseline that is nearly there is a baseline.
            warnings.simplefilter("ignore")
            model = LogisticRegression(max_iter=STEPS).fit(X, truth)
        chances = model.predict_proba(X_test)
        answers = Answers(
            test[1], model.classes_[chances.argmax(axis=1)], chances, model.classes_
        )
    figures = figures_of(answers, y)
    return {
        "rows": len(few),
        "test": {name: value for name, value in figures.items() if "baseline" not in name},
    }


def _inputs(fitted: ReportRows, rows: ReportRows) -> NDArray[np.float64]:
    parts = []
    for name in fitted.names:
        numbers = fitted.numbers(name)
        if numbers is not None:
            known = numbers[~np.isnan(numbers)]
            mean, spread = (known.mean(), known.std()) if len(known) else (0.0, 1.0)
            asked = rows.numbers(name)
            assert asked is not None
            scaled = (asked - mean) / (spread or 1.0)
            parts.append(np.where(np.isnan(scaled), 0.0, scaled)[:, None])
            continue
        codes, levels = fitted.levels(name)
        counts = np.bincount(codes[codes >= 0], minlength=len(levels))
        frequent = [levels[at] for at in np.argsort(-counts, kind="stable")[:LEVELS]]
        codes, levels = rows.levels(name)
        place = {level: at for at, level in enumerate(levels)}
        parts.append(np.column_stack([
            (codes == place.get(level, -2)).astype(np.float64) for level in frequent
        ]) if frequent else np.zeros((len(rows), 0)))
    return np.hstack(parts)
