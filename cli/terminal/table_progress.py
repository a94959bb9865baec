"""Progress of networks for a table, which are trained side by side, on standard error."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import ClassVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from fastavg.training.observers.events import Event, Observer, Validated

from .progress import LIVE_SECONDS, PLAIN_SECONDS
from .sparkline import sparkline


class TableProgress(Observer):
    """An observer that shows epochs, losses and the time left; close it at the end.

    Networks end when their held-out rows are predicted no better, mostly long before their last
    epoch: the time left is the most that it can be.

    Parameters
    ----------
    members, epochs : int
        Networks, and passes over the rows of each at most.
    plain : bool, default False
        True writes plain lines on a terminal too.
    """

    weights_at: ClassVar[str] = "block"

    def __init__(self, members: int, epochs: int, plain: bool = False) -> None:
        self._members, self._epochs = members, epochs
        self._console = Console(stderr=True, highlight=False)
        self._live = self._console.is_terminal and not plain
        self._line = Progress(
            TextColumn("network {task.fields[begun]}/{task.fields[members]}"),
            BarColumn(bar_width=24), TextColumn("{task.description}"),
            console=self._console, auto_refresh=False, transient=True,
        )
        self._task = self._line.add_task("", total=members * epochs, begun=0, members=members)
        self._shown = time.monotonic()
        # When the first epoch was over, and how many were then: what came before is compiling.
        self._first: tuple[float, float] | None = None
        self._latest: dict[int, Validated] = {}
        self._lowest: dict[int, float] = {}
        self._curve: list[float] = []
        # Networks are trained in threads.
        self._lock = threading.Lock()
        if self._live:
            with contextlib.suppress(OSError, ValueError):
                self._line.start()

    def on_event(self, event: Event) -> None:
        """Move the line on; see :meth:`Observer.on_event`."""
        if not isinstance(event, Validated):
            return
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._validated(event)

    def undisturbed_rounds(self) -> float:
        """It needs no weights; see :meth:`Observer.undisturbed_rounds`."""
        return float("inf")

    def close(self) -> None:
        """Take the live line away."""
        if self._live:
            with contextlib.suppress(OSError, ValueError):
                self._line.stop()

    def _validated(self, event: Validated) -> None:
        member = event.member or 0
        self._latest[member] = event
        low = self._lowest.get(member, event.validation_loss)
        self._lowest[member] = min(low, event.validation_loss)
        if member == 0:
            self._curve.append(event.validation_loss)
        now, done = time.monotonic(), sum(each.epoch for each in self._latest.values())
        if self._first is None:
            self._first = now, done
        if now - self._shown < (LIVE_SECONDS if self._live else PLAIN_SECONDS):
            return
        self._shown = now
        lowest = sum(self._lowest.values()) / len(self._lowest)
        text = f"epoch {event.epoch:.0f}  loss {event.loss:.4f}  held-out loss {lowest:.4f}"
        began, before = self._first
        if done > before:
            left = (now - began) / (done - before) * (self._members * self._epochs - done)
            text += f"  at most {left:.0f} s left"
        begun = max(self._latest) + 1
        if self._live:
            self._line.update(
                self._task, completed=done, begun=begun, refresh=True,
                description=f"{sparkline(self._curve)}  {text}",
            )
        else:
            self._console.print(
                f"network {begun}/{self._members}  {text}", soft_wrap=True, markup=False
            )
