"""What the model makes of each column: importance by permutation, and effect curves.

Permutation importance (Breiman 2001; Fisher, Rudin and Dominici 2019): a column's values change
places among held-out rows, and the loss grows by what the model drew from that column.  A
column is moved as a whole, whatever number of inputs the network has for it.  The effect curve
is Friedman's partial dependence (2001).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.randomness import generator
from fastavg.reports.report_rows import ReportRows
from fastavg.runs.run_figures import Answers, answers_of

REPEATS, LEAST_ROWS, MOST_ROWS = 3, 200, 2000
# Multiplications that all permutations together may take: a few seconds.
WORK = 6e10
CURVES, POINTS, LEVELS, CURVE_ROWS = 6, 11, 8, 200


def row_losses(answers: Answers) -> NDArray[np.float64]:
    """The loss of each row: log loss, 0 or 1 without probabilities, squared error of numbers.

    Parameters
    ----------
    answers : Answers
        Of the rows.

    Returns
    -------
    array (n_rows,) of float64
        In nats, or in the square of the targets' unit.
    """
    if answers.probabilities is not None and answers.classes is not None:
        places = np.searchsorted(answers.classes, answers.y).clip(0, len(answers.classes) - 1)
        chosen = np.asarray(answers.probabilities, np.float64)[np.arange(len(places)), places]
        chosen = np.where(answers.classes[places] == answers.y, chosen, 0.0)
        return np.asarray(-np.log(np.maximum(chosen, 1e-15)))
    if answers.classes is not None or answers.predicted.dtype.kind != "f":
        wrong = answers.predicted != answers.y
        return np.asarray(wrong if wrong.ndim == 1 else wrong.any(axis=1), np.float64)
    squares = np.asarray((answers.predicted - answers.y) ** 2, np.float64)
    return squares if squares.ndim == 1 else np.asarray(squares.mean(axis=1))


def mean_loss(answers: Answers) -> float:
    """The mean loss of rows; the root of it for numbers, which is in the targets' own unit.

    Parameters
    ----------
    answers : Answers
        Of the rows.

    Returns
    -------
    float
        Log loss, share of wrong answers, or RMSE.
    """
    mean = float(row_losses(answers).mean())
    numbers = answers.classes is None and answers.predicted.dtype.kind == "f"
    return mean**0.5 if numbers else mean


def rows_for(model: Any, rows: ReportRows) -> int:
    """How many rows are moved about, so that a page is made in seconds.

    Parameters
    ----------
    model : Model or TabularModel
        The trained model.
    rows : ReportRows
        All held-out rows.

    Returns
    -------
    int
        From 200 to 2,000, at most as many as there are; the same on every machine.
    """
    members = len(getattr(model, "members", (0,)))
    work = 2 * model.network.n_weights * members * max(len(rows.names), 1) * REPEATS
    return int(min(max(WORK // work, LEAST_ROWS), MOST_ROWS, len(rows)))


def importance(model: Any, rows: ReportRows, y: NDArray[Any]) -> dict[str, Any]:
    """How much the loss grows when a column's values change places.

    Parameters
    ----------
    model : Model or TabularModel
        The trained model.
    rows : ReportRows
        Held-out rows.
    y : array (n_rows,) or (n_rows, n_outputs)
        Their targets.

    Returns
    -------
    dict
        ``rows``, ``repeats``, ``loss`` of these rows as they are, and ``columns``: name,
        ``mean`` and ``spread`` (standard deviation over the repeats) of each, from the
        largest.
    """
    random = generator(0, "permutation importance", len(rows))
    chosen = np.sort(random.permutation(len(rows))[: rows_for(model, rows)])
    few, truth = rows.take(chosen), y[chosen]
    before = mean_loss(answers_of(model, few.X, truth))
    orders = [random.permutation(len(few)) for _ in range(REPEATS)]
    columns: list[dict[str, Any]] = []
    for name in few.names:
        grown = [
            mean_loss(answers_of(model, few.moved(name, order).X, truth)) - before
            for order in orders
        ]
        columns.append({
            "column": name, "mean": float(np.mean(grown)), "spread": float(np.std(grown)),
        })
    columns.sort(key=lambda each: -each["mean"])
    return {"rows": len(few), "repeats": REPEATS, "loss": before, "columns": columns}


def effect_curves(model: Any, rows: ReportRows, names: list[str]) -> dict[str, Any]:
    """What the model says on average if all rows had the same value in a column.

    Parameters
    ----------
    model : Model or TabularModel
        The trained model.
    rows : ReportRows
        Held-out rows.
    names : list of str
        Columns; at most six are looked at.

    Returns
    -------
    dict
        ``rows``, ``output`` (what is averaged), and ``columns``: name, ``kind``, ``values``
        (numbers from low to high, or the most frequent levels) and ``mean``.
    """
    random = generator(0, "effect curves", len(rows))
    chosen = np.sort(random.permutation(len(rows))[:CURVE_ROWS])
    few, found = rows.take(chosen), []
    for name in names[:CURVES]:
        places, values, kind = _grid(rows, name)
        if len(places) < 2:
            continue
        # A value comes from a row that has it, so that its type is the column's own.
        pairs = rows.take(np.concatenate([chosen, places]))
        own = np.arange(len(few))
        means = []
        for at in range(len(places)):
            order = np.concatenate([np.full(len(few), len(few) + at), np.arange(
                len(few), len(few) + len(places)
            )])
            means.append(_output(model, pairs.moved(name, order).take(own)))
        found.append({"column": name, "kind": kind, "values": values, "mean": means})
    return {"rows": len(few), "output": _output_name(model), "columns": found}


def _grid(
    rows: ReportRows, name: str
) -> tuple[NDArray[np.intp], list[Any], str]:
    numbers = rows.numbers(name)
    if numbers is not None:
        known = np.flatnonzero(~np.isnan(numbers))
        ordered = known[np.argsort(numbers[known], kind="stable")]
        if not len(ordered):
            return ordered, [], "number"
        at = np.quantile(np.arange(len(ordered)), np.linspace(0.02, 0.98, POINTS), method="nearest")
        places = ordered[at.astype(int)]
        _, first = np.unique(numbers[places], return_index=True)
        places = places[first]
        return places, numbers[places].tolist(), "number"
    codes, levels = rows.levels(name)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    frequent = np.argsort(-counts, kind="stable")[:LEVELS]
    frequent = frequent[counts[frequent] > 0]
    places = np.array([np.flatnonzero(codes == level)[0] for level in frequent], np.intp)
    return places, [levels[level] for level in frequent], "category"


def _output(model: Any, rows: ReportRows) -> float:
    if model.target == "class" and model.network.output != "margin":
        return float(np.asarray(model.predict_proba(rows.X), np.float64)[:, -1].mean())
    if model.target == "class":
        return float((model.predict(rows.X) == model.classes[-1]).mean())
    return float(np.asarray(model.predict(rows.X), np.float64).mean())


def _output_name(model: Any) -> str:
    if model.target == "class":
        return f"probability of {model.classes[-1]}"
    return "mean prediction"
