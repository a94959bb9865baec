"""One line for a person who waits while kernels are compiled."""

from __future__ import annotations

import math
from typing import ClassVar

from fastavg.machine.first_use import say_compiling
from fastavg.training.observers.events import Compiling, Event, Observer


class CompilingLine(Observer):
    """An observer that writes a line to standard error before kernels are compiled.

    Examples
    --------
    >>> CompilingLine().weights_at
    'block'
    """

    weights_at: ClassVar[str] = "block"

    def on_event(self, event: Event) -> None:
        """Say it; see :meth:`Observer.on_event`."""
        if isinstance(event, Compiling):
            say_compiling(event.seconds)

    def undisturbed_rounds(self) -> float:
        """All of them; see :meth:`Observer.undisturbed_rounds`."""
        return math.inf
