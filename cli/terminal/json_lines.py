"""Training as JSON lines on standard output."""

from __future__ import annotations

from typing import Any

from fastavg.training.observers.events import (
    CheckpointFailed,
    CheckpointWritten,
    Compiling,
    Event,
    Observer,
    RoundFinished,
    Started,
    WorkerReplaced,
    WorkerSkipped,
)

from .output import write_json


class JsonLines(Observer):
    """An observer that writes one object for each event."""

    def on_event(self, event: Event) -> None:
        """Write it; see :meth:`Observer.on_event`."""
        record = describe(event)
        if record is not None:
            write_json(record)


def describe(event: Event) -> dict[str, Any] | None:
    """An event as plain values; None for those that say nothing more.

    Parameters
    ----------
    event : Event
        What happened.
    """
    if isinstance(event, Compiling):
        return {"event": "compiling", "dtype": event.dtype}
    if isinstance(event, Started):
        return {
            "event": "started", "network": event.network.as_dict(), "rows": event.n_rows,
            "workers": event.plan.workers, "processes": event.processes, "ranks": event.ranks,
            "rounds": event.plan.n_rounds, "seed": event.plan.seed,
        }
    if isinstance(event, RoundFinished):
        return {
            "event": "round", "round": event.round, "epoch": event.epoch, "loss": event.loss,
            "training_seconds": event.training_seconds,
            "averaging_seconds": event.averaging_seconds,
            "waiting_seconds": event.waiting_seconds,
        }
    if isinstance(event, WorkerReplaced):
        return {
            "event": "worker replaced", "round": event.round, "worker": event.worker,
            "pid": event.pid, "cause": event.cause, "processes": event.processes,
        }
    if isinstance(event, WorkerSkipped):
        return {"event": "worker skipped", "round": event.round, "worker": event.worker}
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
