"""Progress on standard error: a live line for a person, plain lines for a log."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import ClassVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from fastavg.machine.first_use import compiling_words
from fastavg.training.observers.bad_average import BadAverage
from fastavg.training.observers.events import (
    CheckpointFailed,
    Compiling,
    Event,
    Observer,
    RoundFinished,
    Started,
    WorkerReplaced,
    WorkerSkipped,
    WorkLost,
)

from .accuracy import AccuracyProbe
from .checkpoint_notes import failed_words
from .sparkline import sparkline

PLAIN_SECONDS, LIVE_SECONDS = 5.0, 0.1
# Columns of the bar, where there is room for a long one and where there is not.
BAR, NARROW_BAR, WIDE = 24, 8, 120
# The time left, and the spaces between the four parts of the live line.
CLOCK = 7 + 3


class ProgressLine(Observer):
    """An observer that shows loss, accuracy, speed and the time left; close it at the end.

    Parameters
    ----------
    probe : AccuracyProbe
        Knows the latest accuracy.
    plain : bool, default False
        True writes plain lines on a terminal too.
    """

    weights_at: ClassVar[str] = "block"
    wants_drift = True

    def __init__(self, probe: AccuracyProbe, plain: bool = False) -> None:
        self._probe = probe
        self._console = Console(stderr=True, highlight=False)
        self._live = self._console.is_terminal and not plain
        self._bar = BAR if self._console.width >= WIDE else NARROW_BAR
        self._line = Progress(
            TextColumn("round {task.completed}/{task.total}"), BarColumn(bar_width=self._bar),
            TextColumn("{task.description}"), TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console, auto_refresh=False, transient=True,
        )
        self._task = self._line.add_task("", total=None)
        self._began = self._shown = time.monotonic()
        self._losses: list[float] = []
        self._rows = self._spent = self._averaged = 0.0
        self._drift: float | None = None

    def on_event(self, event: Event) -> None:
        """Show it; a stderr that is gone must not end training; see :meth:`Observer.on_event`."""
        with contextlib.suppress(OSError, ValueError):
            if isinstance(event, Compiling):
                self._say(compiling_words(event.seconds))
            elif isinstance(event, WorkerReplaced):
                self._say(lost_words(event))
            elif isinstance(event, WorkerSkipped):
                self._say(skipped_words(event))
            elif isinstance(event, BadAverage):
                self._say(bad_words(event))
            elif isinstance(event, WorkLost):
                self._say(
                    f"worker {event.worker} goes on without {event.steps} steps of round "
                    f"{event.round} that had not reached the center"
                )
            elif isinstance(event, CheckpointFailed):
                self._say(failed_words(event))

    def on_start(self, event: Started) -> None:
        """Begin the line; see :meth:`Observer.on_start`."""
        with contextlib.suppress(OSError, ValueError):
            self._start(event)

    def on_round(self, event: RoundFinished) -> None:
        """Move the line on; see :meth:`Observer.on_round`."""
        with contextlib.suppress(OSError, ValueError):
            self._round(event)

    def close(self) -> None:
        """Take the live line away."""
        with contextlib.suppress(OSError, ValueError):
            self._line.stop()

    def _start(self, event: Started) -> None:
        self._began = time.monotonic()
        self._line.reset(self._task, total=event.n_rounds)
        if self._live:
            self._line.start()

    def _round(self, event: RoundFinished) -> None:
        now, done = time.monotonic(), event.round + 1
        self._rows += event.rows
        self._averaged += event.averaging_seconds
        self._spent += event.training_seconds + event.averaging_seconds + event.waiting_seconds
        self._drift = self._drift if event.drift is None else event.drift
        pause = LIVE_SECONDS if self._live else PLAIN_SECONDS
        if now - self._shown < pause and done < event.n_rounds:
            return
        self._shown = now
        spent = max(self._spent, 1e-9)
        training, between = [f"loss {event.loss:.4f}"], [f"averaging {self._averaged / spent:.0%}"]
        if self._probe.latest is not None:
            training.append(f"{self._probe.name} {self._probe.latest:.1%}")
        training.append(f"{self._rows / spent:,.0f} rows/s")
        if self._drift is not None:
            between.append(f"drift {self._drift:.2g}")
        self._rows = self._spent = self._averaged = 0.0
        if self._live:
            self._losses.append(event.loss)
            taken = len(f"round {event.n_rounds}/{event.n_rounds}") + self._bar + CLOCK
            text = fitting(
                [*training, sparkline(self._losses), *between], self._console.width - taken
            )
            self._line.update(
                self._task, completed=done, total=event.n_rounds, description=text, refresh=True
            )
        else:
            left = (now - self._began) / done * (event.n_rounds - done)
            told = "  ".join([*training, *between])
            self._say(f"round {done}/{event.n_rounds}  {told}  {left:.0f} s left")

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False)


def fitting(parts: Sequence[str], room: int) -> str:
    """The first parts of a line that fit as a whole, two spaces between them.

    Parameters
    ----------
    parts : sequence of str
        The most telling one first; that one is always shown.
    room : int
        The most characters.

    Examples
    --------
    >>> fitting(["loss 0.5", "99 rows/s", "drift 0.1"], 20)
    'loss 0.5  99 rows/s'
    """
    text = parts[0]
    for part in parts[1:]:
        if len(text) + 2 + len(part) > room:
            break
        text = f"{text}  {part}"
    return text


def skipped_words(event: WorkerSkipped) -> str:
    """Whom an average was made without, and why.

    Parameters
    ----------
    event : WorkerSkipped
        Which worker, and how far its loss lay above.
    """
    what = "diverged"
    if event.above is not None:
        what = f"had a loss {event.above:.3g} above the lowest"
    return (
        f"worker {event.worker} {what} in round {event.round}; the average was made without it"
    )


def bad_words(event: BadAverage) -> str:
    """How bad an average is, and what becomes of it.

    Parameters
    ----------
    event : BadAverage
        Its loss, and the workers'.
    """
    then = "; the round is trained again with half of them" if event.redone else ""
    return (
        f"the average of round {event.round} has a loss of {event.loss:.4g}, its workers "
        f"{event.workers_loss:.4g} after {event.steps} steps{then}"
    )


def lost_words(event: WorkerReplaced) -> str:
    """What was lost, and what becomes of it.

    Parameters
    ----------
    event : WorkerReplaced
        Which process, and how it was lost.
    """
    lost = f"process {event.pid} was lost to {event.cause}"
    if event.worker is None:
        return f"{lost}; {event.processes} go on"
    return f"{lost}; worker {event.worker} of round {event.round} runs again"
