"""Events of checkpoints, which are events of training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckpointWritten:
    """A checkpoint of ``rounds`` complete rounds was written.

    Parameters
    ----------
    rounds : int
        Complete rounds that it holds.
    path : str
        The file.
    seconds : float
        Spent on writing it.
    """

    rounds: int
    path: str
    seconds: float


@dataclass(frozen=True)
class CheckpointFailed:
    """A checkpoint could not be written; the previous one is still there.

    Parameters
    ----------
    rounds : int
        Complete rounds that it would have held.
    path : str
        The file.
    reason : str
        The operating system's.
    """

    rounds: int
    path: str
    reason: str
