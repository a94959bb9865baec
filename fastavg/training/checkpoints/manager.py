"""The keeper: writes a run's checkpoints, and finds the one to go on from."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import broadcast
from fastavg.data.rows import TaskData
from fastavg.errors import ConfigError, FileDamaged
from fastavg.machine.atomic_file import OwnedFile
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.training.center import Board
from fastavg.training.checkpoints.file import (
    Checkpoint,
    check_identity,
    from_bytes,
    identity,
    load_checkpoint,
    to_bytes,
)
from fastavg.training.checkpoints.in_memory import Onward
from fastavg.training.checkpoints.state import Array, State, memories_of, own_states, recall
from fastavg.training.observers.events import CheckpointFailed, CheckpointWritten, Event, Observer


@dataclass(frozen=True)
class Checkpoints:
    """Where and how often to write checkpoints, and what to go on from.

    Parameters
    ----------
    path : str or path, optional
        The file; it is there from the start of the run, and replaced in one step.
    every : int or str
        Rounds (``10``) or seconds (``"30s"``) between checkpoints.
    resume : str or path, optional
        A checkpoint to go on from; ``auto``: ``path``, if it is there.

    Raises
    ------
    ConfigError
        If ``every`` is neither, or there is nothing to write or to read.

    Examples
    --------
    >>> Checkpoints("run.checkpoint", every="30s").seconds
    30.0
    """

    path: str | Path | None = None
    every: int | str = "60s"
    resume: str | Path | None = None

    def __post_init__(self) -> None:
        if self.resume == "auto" and self.path is None:
            raise ConfigError("resume is auto; that needs the checkpoint's path")
        if not (self.rounds or self.seconds):
            raise ConfigError(
                f"checkpoints every {self.every!r} make no sense; give rounds (10) or seconds (30s)"
            )

    @property
    def rounds(self) -> int:
        """Rounds between checkpoints, 0 if seconds count."""
        text = str(self.every)
        return int(text) if text.isdecimal() else 0

    @property
    def seconds(self) -> float:
        """Seconds between checkpoints, 0 if rounds count."""
        text = str(self.every)
        with contextlib.suppress(ValueError):
            if text.endswith("s") and float(text[:-1]) < float("inf"):
                return max(0.0, float(text[:-1]))
        return 0.0


class Keeper:
    """One run's checkpoints; rank 0 has the file, the others help."""

    def __init__(
        self, wanted: Checkpoints, network: Network, plan: Plan, data: TaskData,
        communicator: Communicator, observers: Sequence[Observer], tell: Callable[[Event], object],
    ) -> None:
        self._wanted, self._plan, self._observers, self._tell = wanted, plan, observers, tell
        self._communicator = communicator
        self._file: OwnedFile | None = None
        self._found: Checkpoint | None = None
        self._now = (0, memories_of(observers))
        self._written, self._at = -1, time.monotonic()
        if communicator.rank == 0:
            self._identity = identity(network, plan, data)
            self._open(wanted)

    def _open(self, wanted: Checkpoints) -> None:
        if wanted.path is not None:
            path = Path(wanted.path)
            if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
                raise ConfigError(f"checkpoint {path} cannot be written; name a file in a "
                                  "folder that exists and can be written to")
            self._file = OwnedFile(path)
        source = wanted.path if wanted.resume == "auto" else wanted.resume
        if source is not None and (wanted.resume != "auto" or Path(source).exists()):
            self._found = load_checkpoint(source)
            check_identity(self._found, self._identity, source)
        elif _unfinished(wanted.path):
            raise ConfigError(
                f"{wanted.path} holds a run that is not finished; resume=auto goes on with it"
            )

    def resume(self, board: Board, rules: Array, workers: range) -> tuple[int, bool]:
        """Put the state to go on from into its place; complete rounds, and if that was all."""
        self._board, self._rules, self._workers = board, rules, workers
        found = self._found
        if self._wanted.resume is not None:
            data = broadcast(to_bytes(found) if found else None, self._communicator)
            found = from_bytes(data, "the checkpoint of rank 0") if data else None
        rounds, finished = 0, False
        if found is not None:
            self._check_shapes(found.state)
            rounds, finished = found.state.rounds, found.finished
            found.state.spread(board, workers)
            rules[rounds % 2] = found.state.rule
            recall(self._observers, found.state.memories)
        self._now = (rounds, memories_of(self._observers))
        if self._wanted.path is not None:
            try:
                self._write(finished)
            except OSError as error:
                raise ConfigError(
                    f"checkpoint {self._wanted.path} cannot be written: {error.strerror}"
                ) from None
        return rounds, finished

    def _check_shapes(self, state: State) -> None:
        plan, rounds = self._plan, state.rounds
        vectors, n_weights = self._board.center(0).shape
        kept = plan.solver.n_vectors if plan.solver_state == "keep" and rounds else 0
        own = (plan.workers, kept, n_weights) if kept else (plan.workers, 0, 0)
        fits = (
            state.center.shape == (vectors, n_weights)
            and state.rule.shape == self._rules[0].shape
            and state.own.shape == own
            and 0 <= rounds <= plan.n_rounds
        )
        if not fits:
            raise FileDamaged("the checkpoint does not hold what its own plan says")

    def commit(self, rounds: int, finished: bool) -> None:
        """So many rounds are complete now; a collective if there are several ranks."""
        self._now = (rounds, memories_of(self._observers))
        if self._wanted.path is not None and (finished or self._due(rounds)):
            self._save(finished)

    def rescue(self) -> None:
        """Write the last complete round before an error or a signal ends the run."""
        alone = self._communicator.size == 1 or self._plan.solver_state != "keep"
        if self._file is not None and alone and self._now[0] > self._written >= 0:
            self._save(finished=False)

    def close(self) -> None:
        """Leave the file to others."""
        if self._file is not None:
            self._file.close()

    def _due(self, rounds: int) -> bool:
        if self._wanted.rounds:
            return rounds % self._wanted.rounds == 0
        late = np.array([time.monotonic() - self._at >= self._wanted.seconds], np.int64)
        self._communicator.broadcast(late)
        return bool(late[0])

    def _save(self, finished: bool) -> None:
        began = time.perf_counter()
        try:
            self._write(finished)
        except OSError as error:
            reason = error.strerror or str(error)
            self._tell(CheckpointFailed(self._now[0], str(self._wanted.path), reason))
        else:
            if self._file is not None:
                seconds = time.perf_counter() - began
                self._tell(CheckpointWritten(self._now[0], str(self._file.path), seconds))
        # Also after a failure: a full disk is not asked again every round.
        self._at = time.monotonic()

    def _write(self, finished: bool) -> None:
        rounds, memories = self._now
        board, plan = self._board, self._plan
        own = np.zeros((plan.workers, 0, 0), plan.dtype)
        if plan.solver_state == "keep" and rounds:
            own = own_states(board, rounds, plan.workers, self._workers, self._communicator)
        if self._file is None:
            return
        state = State(rounds, board.center(rounds), self._rules[rounds % 2], own, memories)
        self._file.write(to_bytes(Checkpoint(state, self._identity, finished)))
        self._written = rounds


def _unfinished(path: str | Path | None) -> bool:
    return path is not None and Path(path).exists() and not load_checkpoint(path).finished


@contextlib.contextmanager
def open_keeper(
    wanted: Checkpoints | Onward | None, network: Network, plan: Plan, data: TaskData,
    communicator: Communicator, observers: Sequence[Observer], tell: Callable[[Event], object],
) -> Iterator[Keeper | Onward | None]:
    """The run's keeper, None without checkpoints; it lets go of its file afterwards."""
    if wanted is None or isinstance(wanted, Onward):
        yield wanted
        return
    keeper = Keeper(wanted, network, plan, data, communicator, observers, tell)
    try:
        yield keeper
    finally:
        keeper.close()
