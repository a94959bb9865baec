"""The curves of a run and where its seconds went, from its folder."""

from __future__ import annotations

import csv
import math
from typing import Any

import numpy as np

from fastavg.errors import DataError
from fastavg.runs.run_folder import RunFolder

MOST = 240
# The last tenth of a curve improves by so much of the whole improvement: not at its end.
STILL = 0.02
# Not measured in every round, or only where it is asked for.
SPARSE = ("drift", "gain")


def run_history(folder: RunFolder) -> dict[str, Any]:
    """How training went.

    Parameters
    ----------
    folder : RunFolder
        Of a finished run.

    Returns
    -------
    dict
        ``curves``: of each network a ``name``, ``epochs``, the training ``loss``, the
        ``validation_loss`` or ``score`` of held-out rows where there are any, the ``restored``
        epoch and whether it was ``still_improving``; and ``telemetry``, the averaging's.

    Raises
    ------
    DataError
        If the folder has no history, or it is damaged.
    """
    happened, rows = folder.happened(), _rows(folder)
    try:
        events = _after_resumption(happened)
        if rows and "member" in rows[0]:
            curves = _of_members(rows)
        else:
            curves = [_of_network(rows, [each for each in events if each["event"] == "validated"])]
        return {"curves": curves, "telemetry": _telemetry(rows, events)}
    except (KeyError, TypeError) as error:
        raise DataError(
            f"{folder.path} is damaged: {folder.events.name} or {folder.history.name} lacks "
            f"{error}"
        ) from None


def _after_resumption(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for event in events:
        if event["event"] == "resumed":
            kept = [
                each for each in kept
                if each["event"] != "round" or each["round"] < event["rounds"]
            ]
        kept.append(event)
    return kept


def _rows(folder: RunFolder) -> list[dict[str, float]]:
    try:
        with folder.history.open(newline="", encoding="utf-8") as file:
            return [
                {name: _number(name, value) for name, value in row.items()}
                for row in csv.DictReader(file)
            ]
    except FileNotFoundError:
        return []
    except (OSError, TypeError, ValueError):
        raise DataError(f"{folder.history} is damaged: it holds what is no number") from None


def _number(name: str, text: str) -> float:
    return math.nan if name in SPARSE and not text else float(text)


def _of_network(
    rows: list[dict[str, float]], validated: list[dict[str, Any]]
) -> dict[str, Any]:
    step = max(1, -(-len(rows) // MOST))
    kept = rows[::step] if len(rows) % step == 1 or step == 1 else [*rows[::step], rows[-1]]
    loss = [row["loss"] for row in kept]
    curve: dict[str, Any] = {
        "name": "network", "epochs": [row["epoch"] for row in kept], "loss": loss,
        "restored": None, "still_improving": _improving([row["loss"] for row in rows]),
    }
    if validated:
        scores = [each.get("score") for each in validated]
        held = [each["validation_loss"] for each in validated]
        curve |= {
            "validation_epochs": [each["epoch"] for each in validated],
            "validation_loss": held, "score": scores,
        }
        known = [score for score in scores if score is not None]
        if len(known) == len(scores):
            best = int(np.argmax(known))
            curve["restored"] = validated[best]["epoch"]
            curve["still_improving"] = best == len(scores) - 1
    return curve


def _of_members(rows: list[dict[str, float]]) -> list[dict[str, Any]]:
    curves = []
    for member in sorted({row["member"] for row in rows}):
        own = [row for row in rows if row["member"] == member]
        held = [row["validation_loss"] for row in own]
        # The last one of equals, as in training.
        best = len(held) - 1 - int(np.argmin(held[::-1]))
        curves.append({
            "name": f"network {member + 1:.0f}", "epochs": [row["epoch"] for row in own],
            "loss": [row["loss"] for row in own],
            "validation_epochs": [row["epoch"] for row in own], "validation_loss": held,
            "restored": own[best]["epoch"], "still_improving": best == len(held) - 1,
        })
    return curves


def _improving(losses: list[float]) -> bool:
    if len(losses) < 10:
        return False
    last = max(2, len(losses) // 10)
    ends = [float(np.mean(losses[at])) for at in (
        slice(0, last), slice(-2 * last, -last), slice(-last, None)
    )]
    return ends[1] - ends[2] > STILL * max(ends[0] - ends[2], 1e-300)


def _telemetry(
    rows: list[dict[str, float]], events: list[dict[str, Any]]
) -> dict[str, Any]:
    started = next((each for each in events if each["event"] == "started"), {})
    found: dict[str, Any] = {
        name: started[name] for name in ("workers", "processes", "ranks") if name in started
    }
    names = ("training_seconds", "kernel_seconds", "averaging_seconds", "waiting_seconds")
    if rows and names[0] in rows[0]:
        found |= {name: sum(row[name] for row in rows) for name in names}
        found |= {"rounds": len(rows), "rows": sum(row["rows"] for row in rows)}
        found["rounds_seen"] = _rounds_seen(rows)
    found["replaced"] = sum(each["event"] == "worker replaced" for each in events)
    found["skipped"] = sum(each["event"] == "worker skipped" for each in events)
    workers = [each["worker_seconds"] for each in events if each.get("worker_seconds")]
    if workers and len({len(each) for each in workers}) == 1:
        found["worker_seconds"] = np.sum(workers, axis=0).round(4).tolist()
    return found


def _rounds_seen(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    """Communication share and drift over the epochs, at most ``MOST`` of each."""
    step = max(1, -(-len(rows) // MOST))
    groups = [rows[at : at + step] for at in range(0, len(rows), step)]
    shares = []
    for group in groups:
        averaging = sum(row["averaging_seconds"] for row in group)
        whole = averaging + sum(
            row["training_seconds"] + row["waiting_seconds"] for row in group
        )
        shares.append(averaging / whole if whole > 0 else 0.0)
    measured = [row for row in rows if not math.isnan(row.get("drift", math.nan))]
    measured = measured[:: max(1, -(-len(measured) // MOST))]
    return {
        "epochs": [group[-1]["epoch"] for group in groups], "communication_share": shares,
        "period": [float(np.mean([row.get("period", 0.0) for row in group])) for group in groups],
        "drift_epochs": [row["epoch"] for row in measured],
        "drift": [row["drift"] for row in measured],
    }
