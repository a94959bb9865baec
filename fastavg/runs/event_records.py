"""Events of training as plain records: of the JSON lines, of run folders, of the live page."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from fastavg.training.observers.bad_average import BadAverage
from fastavg.training.observers.events import (
    CentersCombined,
    CheckpointFailed,
    CheckpointWritten,
    Compiling,
    Event,
    RoundFinished,
    Started,
    Validated,
    WorkerReplaced,
    WorkerSkipped,
    WorkLost,
)


def describe(event: Event) -> dict[str, Any] | None:
    """An event as plain values; None for those that say nothing more.

    Parameters
    ----------
    event : Event
        What happened.

    Returns
    -------
    dict or None
        Its name under ``event``, and its values.

    Examples
    --------
    >>> describe(Compiling("float32", 5.0))
    {'event': 'compiling', 'dtype': 'float32', 'seconds': 5.0}
    """
    if isinstance(event, Compiling):
        return {"event": "compiling", "dtype": event.dtype, "seconds": event.seconds}
    if isinstance(event, Started):
        return {
            "event": "started", "network": event.network.as_dict(), "rows": event.n_rows,
            "workers": event.plan.workers, "processes": event.processes, "ranks": event.ranks,
            "rounds": event.n_rounds, "seed": event.plan.seed,
        }
    if isinstance(event, RoundFinished):
        record = {
            "event": "round", "round": event.round, "epoch": event.epoch, "loss": event.loss,
            "training_seconds": event.training_seconds,
            "averaging_seconds": event.averaging_seconds,
            "waiting_seconds": event.waiting_seconds, "period": event.period,
        }
        asked = {"drift": event.drift, "gain": event.gain}
        return record | {name: value for name, value in asked.items() if value is not None}
    if isinstance(event, Validated):
        record = {
            "event": "validated", "epoch": event.epoch, "loss": event.loss,
            "validation_loss": event.validation_loss,
        }
        if not math.isnan(event.score):
            record["score"] = event.score
        if event.member is not None:
            record |= {"member": event.member, "members": event.members}
        return record
    if isinstance(event, WorkerReplaced):
        return {
            "event": "worker replaced", "round": event.round, "worker": event.worker,
            "pid": event.pid, "cause": event.cause, "processes": event.processes,
        }
    if isinstance(event, WorkerSkipped):
        return {
            "event": "worker skipped", "round": event.round, "worker": event.worker,
            "loss_above": event.above,
        }
    if isinstance(event, BadAverage):
        return {
            "event": "bad average", "round": event.round, "loss": event.loss,
            "workers_loss": event.workers_loss, "steps": event.steps, "redone": event.redone,
        }
    if isinstance(event, WorkLost):
        return {
            "event": "work lost", "round": event.round, "worker": event.worker,
            "steps": event.steps,
        }
    if isinstance(event, CentersCombined):
        return {"event": "centers combined", **asdict(event)}
    if isinstance(event, CheckpointWritten):
        return {
            "event": "checkpoint", "rounds": event.rounds, "path": event.path,
            "seconds": event.seconds,
        }
    if isinstance(event, CheckpointFailed):
        return {
            "event": "checkpoint failed", "rounds": event.rounds, "path": event.path,
            "reason": event.reason,
        }
    return None


def finite(record: dict[str, Any]) -> dict[str, Any]:
    """A record whose numbers JSON can hold; those that are not finite become None.

    Parameters
    ----------
    record : dict
        Plain values by name.

    Returns
    -------
    dict
        The same names.

    Examples
    --------
    >>> finite({"loss": math.nan, "round": 1})
    {'loss': None, 'round': 1}
    """
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in record.items()
    }
