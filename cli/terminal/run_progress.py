"""Progress over all runs of an experiment, with the time left."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from fastavg.experiments import Measured, Protocol
from fastavg.experiments import Progress as Done

LIVE_SECONDS, PLAIN_SECONDS = 0.1, 10.0


class RunProgress:
    """A live line on a terminal, a plain line now and then in a log; close it at the end.

    Parameters
    ----------
    quiet : bool
        True shows nothing.
    """

    def __init__(self, quiet: bool) -> None:
        self._console = Console(stderr=True, highlight=False, quiet=quiet)
        self._live = self._console.is_terminal and not quiet
        self._line = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[left]}"),
            console=self._console, auto_refresh=False, transient=True,
        )
        self._task = self._line.add_task("", total=1.0, left="")
        self._began = time.monotonic()
        self._shown = 0.0
        if self._live:
            self._line.start()

    def __call__(self, done: Done) -> None:
        """Show it; a stderr that is gone must not end the experiment."""
        now = time.monotonic()
        if now - self._shown < (LIVE_SECONDS if self._live else PLAIN_SECONDS):
            return
        self._shown = now
        spent = now - self._began
        left = _clock(spent / done.fresh * (1 - done.share)) if done.fresh > 0 else "?"
        text = (
            f"run {done.run + 1}/{done.runs}  split {done.split}  {done.column.title}  "
            f"epoch {done.epoch:.0f}"
        )
        with contextlib.suppress(OSError, ValueError):
            if self._live:
                self._line.update(
                    self._task, completed=done.share, description=text, left=f"{left} left",
                    refresh=True,
                )
            else:
                self._console.print(f"{text}  {done.share:.0%}  {left} left", soft_wrap=True)

    def close(self) -> None:
        """Take the live line away."""
        # Rich ends a line that it never started with an empty one.
        if self._live:
            with contextlib.suppress(OSError, ValueError):
                self._line.stop()


def run_record(run: Measured, protocol: Protocol) -> dict[str, Any]:
    """A run as one JSON object: accuracy and seconds where they are reported.

    Parameters
    ----------
    run : Measured
        One column on one split.
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    """
    record: dict[str, Any] = {
        "event": "run", "column": run.column, "split": run.split, "workers": run.workers,
        "processes": run.processes, "evaluations": run.evaluations,
        "weights_sha256": run.weights_sha256,
    }
    for epochs in protocol.epochs:
        record[f"accuracy_{epochs}"] = run.at("accuracy", epochs)
        record[f"seconds_{epochs}"] = run.at("seconds", epochs)
    return record


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
