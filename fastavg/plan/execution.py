"""Who computes a run: nothing here changes a bit of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastavg.communicators import Communicator, connect
from fastavg.errors import ConfigError
from fastavg.options import at_least, check_options, one_of, option, optional, whole

MEETING = ("rendezvous", "rank", "size", "key_file")


@dataclass(frozen=True)
class Execution:
    """Processes, ranks and checkpoints of a run; the weights are the same with any of them.

    Parameters
    ----------
    processes : int, optional
        Operating-system processes of this rank; if not given, its share of the usable CPUs, but at
        most one for each of its workers.
    communicator : str or Communicator, optional
        What connects ranks: ``mpi``; ``auto``, which is ``mpi`` if a launcher started several
        ranks; ``tcp``, where ranks meet at an address; or the name of a registered one. If not
        given, there is one rank.
    checkpoint : str or path, optional
        File that keeps the latest complete round; if not given, none is written.
    checkpoint_every : int or str
        Rounds (``10``) or seconds (``"30s"``) between checkpoints.
    checkpoint_by : str, default 'root'
        ``root``: rank 0 writes the file; ``each``: every rank writes a file of that name, so that
        the loss of a machine does not lose the only copy.
    resume : str or path, optional
        Checkpoint from which the run continues; ``auto``: the file of ``checkpoint``, if it exists.
    block_seconds : float
        Short rounds run in blocks, many inside one compiled call of every process; how long
        a block may take, in seconds.  0 trains round by round.
    observers : sequence of Observer
        Told of every event; see :mod:`fastavg.training.observers.events`.
    rendezvous : str, optional
        With ``tcp``: ``HOST:PORT`` where rank 0 listens and the other ranks connect.
    rank : int, optional
        With ``tcp``: number of this rank, 0 to ``size - 1``.
    size : int, optional
        With ``tcp``: number of ranks.
    key_file : str or path, optional
        With ``tcp``: file with the run's key, the same on all ranks; rank 0 creates it if it is
        missing.

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
        help="What connects ranks: local, mpi, tcp; auto: mpi under mpiexec or srun",
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
        help="Checkpoint to continue from; auto: the file of --checkpoint, if it exists",
    )
    checkpoint_by: str = option(
        "root", check=one_of("root", "each"), sklearn="checkpoint_by",
        help="Who writes checkpoints: the root (rank 0), or each rank on its own machine",
    )
    block_seconds: float = option(0.1, check=at_least(0), unit="seconds")
    observers: Sequence[Any] = ()
    rendezvous: str | None = option(None, flag="--rendezvous")
    rank: int | None = option(None, check=optional(whole(0)), flag="--rank")
    size: int | None = option(None, check=optional(whole(1)), flag="--size")
    key_file: str | Path | None = option(None, flag="--key-file")

    def __post_init__(self) -> None:
        check_options(self)
        if self.resume == "auto" and self.checkpoint is None:
            raise ConfigError("resume is auto; that needs the checkpoint's path")
        given = [name for name in MEETING if getattr(self, name) is not None]
        missing = [name for name in MEETING if name not in given]
        if self.communicator == "tcp" and missing:
            raise ConfigError(
                f"communicator is tcp and {missing[0]} is not given; ranks meet by rendezvous "
                "(HOST:PORT of rank 0), rank, size and key_file"
            )
        if given and self.communicator in (None, "local", "mpi", "auto"):
            raise ConfigError(f"{given[0]} is given and communicator is not tcp; it belongs to tcp")

    def connect(self) -> Communicator:
        """Connect this rank with the others.

        Returns
        -------
        Communicator
            As :func:`fastavg.communicators.connect` makes it; the one of ``tcp`` has met the
            others.

        Raises
        ------
        ConfigError
            If the communicator cannot be used here.
        RankLost, RankMismatch
            If the ranks do not find each other.
        """
        if self.communicator != "tcp":
            return connect(self.communicator)
        from fastavg.communicators.tcp.tcp_communicator import TCPCommunicator

        assert self.rendezvous is not None
        assert self.key_file is not None
        assert self.rank is not None
        assert self.size is not None
        return TCPCommunicator(self.rendezvous, self.rank, self.size, self.key_file)
