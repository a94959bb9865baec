"""What of a run is safe on the disk, in words."""

from __future__ import annotations

import contextlib
import sys
from typing import ClassVar

from fastavg.training.observers.events import (
    CheckpointFailed,
    CheckpointWritten,
    Event,
    Observer,
)


class SafeRounds(Observer):
    """An observer that knows the latest checkpoint.

    Parameters
    ----------
    warns : bool
        True says once on standard error that a checkpoint could not be written.
    """

    weights_at: ClassVar[str] = "block"

    def __init__(self, warns: bool) -> None:
        self._latest: CheckpointWritten | None = None
        self._warns = warns

    def on_event(self, event: Event) -> None:
        """Remember it, or say that there is none; see :meth:`Observer.on_event`."""
        if isinstance(event, CheckpointWritten):
            self._latest = event
        elif isinstance(event, CheckpointFailed) and self._warns:
            self._warns = False
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write(f"fastavg: {failed_words(event)}\n")

    @property
    def words(self) -> str:
        """The end of a sentence; empty if nothing is safe."""
        if self._latest is None:
            return ""
        return (
            f"; {self._latest.path} holds {self._latest.rounds} complete rounds, "
            "--resume auto goes on from there"
        )


def failed_words(event: CheckpointFailed) -> str:
    """What was not written, and what becomes of the run.

    Parameters
    ----------
    event : CheckpointFailed
        Which file, and why.
    """
    return f"checkpoint {event.path} was not written: {event.reason}; training goes on"
