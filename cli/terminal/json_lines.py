"""Training as JSON lines on standard output."""

from __future__ import annotations

from typing import ClassVar

from fastavg.runs.event_records import describe
from fastavg.training.observers.events import Event, Observer

from .output import write_json


class JsonLines(Observer):
    """An observer that writes one object for each event."""

    weights_at: ClassVar[str] = "block"

    def on_event(self, event: Event) -> None:
        """Write it; see :meth:`Observer.on_event`."""
        record = describe(event)
        if record is not None:
            write_json(record)
