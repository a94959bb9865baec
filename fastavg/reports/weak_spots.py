"""Where a model is weak: parts of the rows, and single rows, with the largest loss."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.reports.report_rows import ReportRows

LEAST_ROWS, MOST, WORST, LEVELS = 20, 10, 10, 30


def weak_segments(
    rows: ReportRows, losses: NDArray[np.float64], root: bool
) -> list[dict[str, Any]]:
    """The ten parts of the rows with the largest mean loss.

    A part is a level of a category, a quarter of a column of numbers, or the rows without a
    value; it has at least 20 rows.

    Parameters
    ----------
    rows : ReportRows
        Held-out rows.
    losses : array (n_rows,)
        The loss of each.
    root : bool
        True shows the root of a mean, for squared errors.

    Returns
    -------
    list of dict
        ``column``, ``part``, ``rows``, ``loss``, from the largest.

    Examples
    --------
    >>> few = ReportRows(np.arange(80.0)[:, None], ("size",))
    >>> weak_segments(few, np.arange(80.0), False)[0]["part"]
    '59.25 to 79'
    """
    found: list[dict[str, Any]] = []
    for name in rows.names:
        for part, chosen in _parts(rows, name):
            n_rows = int(chosen.sum())
            if LEAST_ROWS <= n_rows < len(losses):
                mean = float(losses[chosen].mean())
                found.append({
                    "column": name, "part": part, "rows": n_rows,
                    "loss": mean**0.5 if root else mean,
                })
    return sorted(found, key=lambda each: -each["loss"])[:MOST]


def _parts(rows: ReportRows, name: str) -> list[tuple[str, NDArray[np.bool_]]]:
    numbers = rows.numbers(name)
    if numbers is None:
        codes, levels = rows.levels(name)
        counts = np.bincount(codes[codes >= 0], minlength=len(levels))
        frequent = np.argsort(-counts, kind="stable")[:LEVELS]
        parts = [(levels[level], codes == level) for level in frequent]
        return [*parts, ("missing", codes < 0)]
    known = ~np.isnan(numbers)
    if not known.any():
        return []
    edges = np.unique(np.quantile(numbers[known], [0, 0.25, 0.5, 0.75, 1]))
    parts = []
    for at, (low, high) in enumerate(pairwise(edges)):
        last = at == len(edges) - 2
        inside = (numbers >= low) & ((numbers <= high) if last else (numbers < high))
        parts.append((f"{low:g} to {high:g}", inside))
    return [*parts, ("missing", ~known)]


def worst_rows(
    ids: NDArray[Any], y: NDArray[Any], predicted: NDArray[Any], losses: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """The ten rows with the largest loss, by their ids; no other value of theirs is shown.

    Parameters
    ----------
    ids : array (n_rows,)
        Who they are.
    y, predicted : array (n_rows,) or (n_rows, n_outputs)
        Truth and prediction.
    losses : array (n_rows,)
        The loss of each.

    Returns
    -------
    list of dict
        ``id``, ``target``, ``prediction``, ``loss``, from the largest.
    """
    worst = np.argsort(-losses, kind="stable")[:WORST]
    return [
        {
            "id": ids[row].item() if hasattr(ids[row], "item") else ids[row],
            "target": y[row].tolist(), "prediction": predicted[row].tolist(),
            "loss": float(losses[row]),
        }
        for row in worst
    ]
