"""Who computes a run: nothing here changes a bit of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastavg.communicators import Communicator
from fastavg.errors import ConfigError
from fastavg.options import at_least, check_options, option, optional, whole


@dataclass(frozen=True)
class Execution:
    """Processes, ranks and checkpoints of a run; the weights are the same with any of them.

    Parameters
    ----------
    processes : int, optional
        Operating-system processes of this rank; the smaller of its workers and its part of
        the usable CPUs if not given.
    communicator : str or Communicator, optional
        Between ranks: ``mpi`` in a script that mpiexec or srun starts, or ``auto``; none on
        a single host.
    checkpoint : str or path, optional
        The file that keeps the latest complete rounds; none is written if not given.
    checkpoint_every : int or str
        Rounds (``10``) or seconds (``"30s"``) between checkpoints.
    resume : str or path, optional
        A checkpoint to go on from; ``auto``: ``checkpoint``, if it is there.
    block_seconds : float
        Short rounds run in blocks, many inside one compiled call of every process; how long
        a block may take, in seconds.  0 trains round by round.
    observers : sequence of Observer
        Told of every event; see :mod:`fastavg.training.observers.events`.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Execution(processes=2).checkpoint_every
    '60s'
    """

    processes: int | None = option(
        None, check=optional(whole(1)), flag="--processes", sklearn="processes",
        help="Processes that run the workers; never changes the result",
    )
    communicator: str | Communicator | None = option(
        None, flag="--communicator", sklearn="communicator",
        help="What connects ranks: local, mpi; auto: mpi under mpiexec or srun",
    )
    checkpoint: str | Path | None = option(
        None, flag="--checkpoint", sklearn="checkpoint",
        help="File that keeps the latest complete round, to resume from",
    )
    checkpoint_every: int | str = option(
        "60s", flag="--checkpoint-every", sklearn="checkpoint_every",
        help="Rounds (10) or seconds (60s) between checkpoints",
    )
    resume: str | Path | None = option(
        None, flag="--resume", sklearn="resume",
        help="A checkpoint to go on from; auto: the one of --checkpoint, if it is there",
    )
    block_seconds: float = option(0.1, check=at_least(0), unit="seconds")
    observers: Sequence[Any] = ()

    def __post_init__(self) -> None:
        check_options(self)
        if self.resume == "auto" and self.checkpoint is None:
            raise ConfigError("resume is auto; that needs the checkpoint's path")
