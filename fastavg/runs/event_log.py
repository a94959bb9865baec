"""What happens in a run, written to its folder while it happens.

A run may have a thousand rounds a second.  Each one goes to ``history.csv`` at the end; a
record of ``events.jsonl`` stands for all rounds since the one before, with the sums of their
seconds, so that following a run costs next to nothing.
"""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from dataclasses import asdict, fields
from typing import Any, ClassVar

from fastavg.machine.atomic_file import write_atomically
from fastavg.runs.event_records import describe, finite
from fastavg.runs.run_folder import SCHEMA, RunFolder
from fastavg.training.observers.events import Event, Observer, RoundFinished, Started, Validated
from fastavg.training.observers.history import History, RoundRecord

EVERY_SECONDS = 0.1
SUMS = ("training_seconds", "averaging_seconds", "waiting_seconds", "rows")
MEMBER_COLUMNS = ("member", "epoch", "loss", "validation_loss")


class EventLog(Observer):
    """An observer that writes ``events.jsonl`` and ``history.csv`` of a run folder.

    Parameters
    ----------
    folder : RunFolder
        Where they go; the folder is there.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from fastavg import Execution, Network, Plan, train
    >>> from fastavg.runs.run_folder import create_run
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = create_run(f"{place}/first")
    ...     with EventLog(folder) as log:
    ...         model = train(
    ...             Network((1, 1), output="identity"), [[0.0], [1.0]], [0.0, 1.0],
    ...             Plan(epochs=2), execution=Execution(observers=[log]),
    ...         )
    ...     [record["event"] for record in folder.happened()]
    ['started', 'round', 'round', 'finished']
    """

    weights_at: ClassVar[str] = "block"
    wants_drift = True

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._file = folder.events.open("a", encoding="utf-8")
        self._history = History()
        self._pending: list[RoundFinished] = []
        self._members: list[Validated] = []
        self._next, self._steered = 0.0, False
        # Networks of a table are trained in threads.
        self._lock = threading.Lock()

    def __enter__(self) -> EventLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Write the history, and why the run ended if it did not finish."""
        self._write_rounds()
        if kind is not None:
            reason = str(error[0]) if issubclass(kind, Exception) else "stopped by a signal"
            self.write({"event": "failed", "reason": " ".join(reason.split())})
        self.close()

    def write(self, record: dict[str, Any]) -> None:
        """Add a record, with the schema and the time.

        Parameters
        ----------
        record : dict
            Plain values; its name under ``event``.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        line = json.dumps({"schema": SCHEMA, "time": round(time.time(), 3), **finite(record)})
        with self._lock:
            self._file.write(f"{line}\n")
            self._file.flush()

    def on_start(self, event: Started) -> None:
        """Say what is trained; see :meth:`Observer.on_start`."""
        record = describe(event)
        assert record is not None
        self._steered = event.plan.steered
        self.write(record)

    def on_round(self, event: RoundFinished) -> None:
        """Count a round, and write it now and then; see :meth:`Observer.on_round`."""
        self._history.on_round(event)
        self._pending.append(event)
        now = time.monotonic()
        if now >= self._next or event.last or not event.round:
            self._next = now + EVERY_SECONDS
            self._write_rounds()

    def on_event(self, event: Event) -> None:
        """Write whatever else happens; see :meth:`Observer.on_event`."""
        if isinstance(event, Validated) and event.member is not None:
            self._members.append(event)
        record = describe(event)
        if record is None:
            record = {"event": "finished", **asdict(event)}
            if self._steered:
                record["periods"] = self._history.periods
        self.write(record)

    def close(self) -> None:
        """Write the history and close the file; calling it again does nothing."""
        if self._file.closed:
            return
        self._file.close()
        if self._members:
            rows = [[getattr(each, name) for name in MEMBER_COLUMNS] for each in sorted(
                self._members, key=lambda each: (each.member or 0, each.epoch)
            )]
            self._write_history(MEMBER_COLUMNS, rows)
        elif self._history.records:
            names = (*(each.name for each in fields(RoundRecord)), "communication_share")
            self._write_history(names, [
                [*vars(each).values(), each.communication_share] for each in self._history.records
            ])

    def state_dict(self) -> dict[str, Any]:
        """The rounds so far, for a checkpoint."""
        return self._history.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from earlier rounds; see :meth:`Stateful.load_state_dict`."""
        self._history.load_state_dict(state)
        self.write({"event": "resumed", "rounds": len(self._history.records)})

    def _write_rounds(self) -> None:
        rounds, self._pending = self._pending, []
        if not rounds:
            return
        record = describe(rounds[-1])
        assert record is not None
        workers = [each.worker_seconds for each in rounds]
        even = len({len(each) for each in workers}) == 1
        drifts = [each.drift for each in rounds if each.drift is not None]
        self.write({
            **record, **({"drift": drifts[-1]} if drifts else {}), "rounds": len(rounds),
            **{name: sum(getattr(each, name) for each in rounds) for name in SUMS},
            "worker_seconds": [round(sum(each), 6) for each in zip(*workers)] if even else [],
        })

    def _write_history(self, names: tuple[str, ...], rows: list[list[Any]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
        write_atomically(self._folder.history, text.getvalue().encode())
