"""What a reader should know before believing a figure, in sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.reports.report_rows import ReportRows

LEAST_CLASS, LEAST_TEST, MISSING = 20, 100, 0.3
GAP, NEARLY, GOOD = 0.1, 0.99, 0.9
LEAK_ROWS, LEAK_DEPTH = 4000, 4


def findings(figures: dict[str, Any]) -> list[str]:
    """Warnings that follow from the figures of a report.

    Parameters
    ----------
    figures : dict
        The report's figures so far.

    Returns
    -------
    list of str
        Sentences, the gravest first; empty if there is nothing to say.
    """
    return [
        *(
            f"`{leak['column']}` alone predicts the target nearly as well as the whole model "
            f"({leak['score']:.1%} of its score): is it known when a prediction is needed?"
            for leak in figures["leaks"]
        ),
        *_of_rows(figures), *_of_training(figures), *_of_columns(figures),
    ]


def _of_rows(figures: dict[str, Any]) -> list[str]:
    said = []
    n_test = figures["rows"]["test"]
    if n_test < LEAST_TEST:
        said.append(
            f"The figures are from {n_test} rows only; their intervals are wide."
        )
    for name, count in figures.get("class_rows", {}).items():
        if count < LEAST_CLASS:
            said.append(f"Class {name} has {count} training rows; fewer than {LEAST_CLASS} teach "
                        "little.")
    score, train = figures["score"], figures.get("train_score")
    if train is not None and score["value"] is not None and train["value"] - score["value"] > GAP:
        said.append(
            f"{score['name']} is {train['value']:.4g} on training rows and {score['value']:.4g} on "
            "test rows: the model has learned rows by heart."
        )
    linear = figures["linear"].get("test", {}).get(score["name"])
    if linear is not None and score["value"] is not None and linear >= score["value"]:
        said.append(
            f"A linear model is as good ({score['name']} {linear:.4g} on the same rows)."
        )
    return said


def _of_training(figures: dict[str, Any]) -> list[str]:
    unfinished = [
        curve["name"] for curve in figures["training"]["curves"] if curve["still_improving"]
    ]
    if not unfinished:
        return []
    return [
        "Training ended while it still improved; more epochs (`--epochs`) may help."
        if len(figures["training"]["curves"]) == 1 else
        f"Training of {len(unfinished)} of {len(figures['training']['curves'])} networks ended "
        "while they still improved; more epochs (`--epochs`) may help."
    ]


def _of_columns(figures: dict[str, Any]) -> list[str]:
    said = []
    kinds: dict[str, list[str]] = {}
    for column in figures["columns"]:
        kinds.setdefault(column["kind"], []).append(column["name"])
    for kind, words in (("constant", "has one value"), ("id", "says who a row is")):
        if names := kinds.get(kind):
            listed = ", ".join(f"`{name}`" for name in names[:5])
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            said.append(f"Left out: {listed}{more} ({words}).")
    holes = [
        f"`{column['name']}` ({column['missing']:.0%})" for column in figures["columns"]
        if column["missing"] > MISSING
    ]
    if holes:
        more = f" and {len(holes) - 5} more" if len(holes) > 5 else ""
        said.append(f"Many missing values: {', '.join(holes[:5])}{more}.")
    return said


def leak_suspects(
    train: tuple[ReportRows, NDArray[Any]], test: tuple[ReportRows, NDArray[Any]],
    score: float | None, task: str,
) -> list[dict[str, Any]]:
    """Columns of which one alone reaches 99 % of a good model's score.

    A tree of depth 4 is trained on each column, on at most 4,000 training rows.

    Parameters
    ----------
    train, test : tuple of ReportRows and array
        Rows and targets.
    score : float or None
        The model's accuracy or R squared on the test rows; below 0.9 nothing is suspected.
    task : str
        ``class`` or ``number``.

    Returns
    -------
    list of dict
        ``column`` and ``score``, a part of the model's.
    """
    if score is None or score < GOOD:
        return []
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if task == "class" else DecisionTreeRegressor
    (rows, y), (rows_test, y_test) = _part(*train), _part(*test)
    common = np.unique(y, return_counts=True)[1].max() / len(y) if task == "class" else 0.0
    found = []
    for name in rows.names:
        tree = kind(max_depth=LEAK_DEPTH, random_state=0).fit(_column(rows, rows, name), y)
        part = tree.score(_column(rows, rows_test, name), y_test) / score
        # Where one class is nearly all, every column reaches that.
        if part >= NEARLY and part * score > common + 0.5 * (1 - common):
            found.append({"column": name, "score": float(part)})
    return found


def _part(rows: ReportRows, y: NDArray[Any]) -> tuple[ReportRows, NDArray[Any]]:
    step = max(1, -(-len(rows) // LEAK_ROWS))
    chosen = np.arange(0, len(rows), step)
    return rows.take(chosen), y[chosen]


def _column(fitted: ReportRows, rows: ReportRows, name: str) -> NDArray[np.float64]:
    numbers = rows.numbers(name)
    if numbers is None:
        place = {level: at for at, level in enumerate(fitted.levels(name)[1])}
        codes, levels = rows.levels(name)
        numbers = np.array([*(place.get(level, -2) for level in levels), -1], np.float64)[codes]
    # Trees compute in float32, where a larger number would be infinite.
    return np.nan_to_num(numbers, nan=-1e30)[:, None]
