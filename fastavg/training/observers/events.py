"""What training tells its observers: plain records, one method.

The progress line, the JSON stream, the history, checkpoints and callbacks are
observers; the round loop knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.networks.network import Network
from fastavg.plan.plan import Plan


@dataclass(frozen=True)
class Started:
    """Training begins."""

    network: Network
    plan: Plan
    n_rows: int
    processes: int
    ranks: int


@dataclass(frozen=True)
class Compiling:
    """The kernels are compiled first, once on this machine."""

    dtype: str


@dataclass(frozen=True)
class RoundFinished:
    """A round is complete; its average is the new center.

    ``weights`` returns the center as a view that is valid until the next round ends.
    Seconds are this rank's: ``training`` spent in tasks, divided by the processes;
    ``averaging`` in the parent and between ranks; ``waiting`` the rest; ``slowest`` is
    the longest task, which is what training takes with a core for each worker.
    """

    round: int
    n_rounds: int
    epoch: float
    loss: float
    rows: float
    evaluations: int
    training_seconds: float
    kernel_seconds: float
    averaging_seconds: float
    waiting_seconds: float
    weights: Callable[[], NDArray[np.floating]]
    slowest_seconds: float = 0.0


@dataclass(frozen=True)
class WorkerReplaced:
    """A process died or hung; its task, if it was on one, is run again.

    ``worker`` is None for a process that was on no task.  ``processes`` are left:
    a new one takes the place of the old, unless it was lost to a lack of memory.
    """

    round: int
    worker: int | None
    pid: int
    cause: str
    processes: int


@dataclass(frozen=True)
class WorkerSkipped:
    """A worker diverged; the round's average was made without it."""

    round: int
    worker: int


@dataclass(frozen=True)
class CheckpointWritten:
    """So many complete rounds are safe in a file."""

    rounds: int
    path: str
    seconds: float


@dataclass(frozen=True)
class CheckpointFailed:
    """A checkpoint could not be written; the old one is still there."""

    rounds: int
    path: str
    reason: str


@dataclass(frozen=True)
class Finished:
    """Training is over."""

    rounds: int
    seconds: float


Event = (
    Started | Compiling | RoundFinished | WorkerReplaced | WorkerSkipped
    | CheckpointWritten | CheckpointFailed | Finished
)


class Observer(Protocol):
    """Hears of every event; asks for the end of training by returning True.

    One that also has ``remember()``, a dict of plain values, and ``recall(dict)`` goes
    on from a checkpoint as if the run had never been interrupted.
    """

    def notice(self, event: Event) -> bool | None:
        """Take note; True after a :class:`RoundFinished` ends training there."""
        ...
