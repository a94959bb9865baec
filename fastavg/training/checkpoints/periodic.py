"""The checkpoint manager: writes a run's checkpoints, and reads the one to go on from."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import broadcast
from fastavg.errors import ConfigError, FileDamaged
from fastavg.machine.atomic_file import OwnedFile
from fastavg.machine.destination import check_file
from fastavg.plan.execution import Execution
from fastavg.training.checkpoints.contract import Committed
from fastavg.training.checkpoints.file import (
    Checkpoint,
    check_identity,
    from_bytes,
    identity,
    load_checkpoint,
    to_bytes,
)
from fastavg.training.checkpoints.state import (
    State,
    StateDicts,
    load_state_dicts,
    own_vectors,
    state_dicts,
)
from fastavg.training.observers.events import CheckpointFailed, CheckpointWritten
from fastavg.training.run import Run


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
    each : bool, default False
        Every rank writes a file of that name; otherwise rank 0 does.

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
    each: bool = False

    def __post_init__(self) -> None:
        if self.resume == "auto" and self.path is None:
            raise ConfigError("resume is auto; that needs the checkpoint's path")
        if not (self.rounds or self.seconds):
            raise ConfigError(
                f"checkpoints every {self.every!r} make no sense; give rounds (10) or seconds (30s)"
            )

    @classmethod
    def of(cls, execution: Execution) -> Checkpoints:
        """As an execution asks for.

        Parameters
        ----------
        execution : Execution
            With a checkpoint to write, or to go on from.
        """
        return cls(
            execution.checkpoint, execution.checkpoint_every, execution.resume,
            execution.checkpoint_by == "each",
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


class CheckpointManager:
    """A store in a file; rank 0 has the file, or each rank one of its own.

    All ranks take part in collectives, and go on from what rank 0 has read.

    Parameters
    ----------
    wanted : Checkpoints
        Which file, how often, and what to go on from.
    run : Run
        Whose state it is.
    communicator : Communicator
        Between ranks.

    Raises
    ------
    ConfigError
        If the file cannot be written, holds another run, or one that is not finished.
    DataError, FileDamaged
        If a checkpoint to go on from cannot be read.
    """

    def __init__(self, wanted: Checkpoints, run: Run, communicator: Communicator) -> None:
        self._wanted, self._communicator = wanted, communicator
        self._file: OwnedFile | None = None
        self._found: Checkpoint | None = None
        self._written, self._at = -1, time.monotonic()
        self._listeners: StateDicts = {}
        self._rounds = 0
        if communicator.rank == 0 or wanted.each or run.rows.cut is not None:
            self._identity = identity(run, communicator)
        if communicator.rank == 0 or wanted.each:
            self._open(wanted)

    def _open(self, wanted: Checkpoints) -> None:
        if wanted.path is not None:
            check_file(wanted.path, "checkpoint")
            self._file = OwnedFile(wanted.path)
        source = wanted.path if wanted.resume == "auto" else wanted.resume
        if source is not None and (wanted.resume != "auto" or Path(source).exists()):
            self._found = load_checkpoint(source)
            check_identity(self._found, self._identity, source)
        elif _unfinished(wanted.path):
            raise ConfigError(
                f"{wanted.path} holds a run that is not finished; resume=auto goes on with it"
            )

    def resume(self, session: Committed) -> tuple[int, bool]:
        """Restore the state to go on from; complete rounds, and True if that was all.

        See :meth:`Store.resume`.
        """
        found = self._found
        if self._wanted.resume is not None:
            data = broadcast(to_bytes(found) if found else None, self._communicator)
            found = from_bytes(data, "the checkpoint of rank 0") if data else None
        rounds, finished = 0, False
        if found is not None:
            _check_shapes(found.state, session)
            rounds, finished = found.state.rounds, found.finished
            found.state.restore(session.buffers, session.workers)
            session.rule_states[rounds % 2] = found.state.rule
            load_state_dicts(session.listeners, found.state.listeners)
        self._take(rounds, session)
        if self._wanted.path is not None:
            try:
                self._write(session, finished)
            except OSError as error:
                raise ConfigError(
                    f"checkpoint {self._wanted.path} cannot be written: {error.strerror}"
                ) from None
        return rounds, finished

    def commit(self, session: Committed, finished: bool) -> None:
        """``session.rounds`` rounds are complete; a collective if there are several ranks.

        See :meth:`Store.commit`.
        """
        self._take(session.rounds, session)
        if self._wanted.path is not None and (finished or self._due(session.rounds)):
            self._save(session, finished)

    def due_after(self, rounds: int) -> int | None:
        """The next multiple of the rounds between checkpoints; see :meth:`Store.due_after`."""
        every = self._wanted.rounds if self._wanted.path is not None else 0
        return (rounds // every + 1) * every if every else None

    def rescue(self, session: Committed) -> None:
        """Write the last complete round before an error or a signal ends the run.

        See :meth:`Store.rescue`.
        """
        alone = self._communicator.size == 1 or not session.buffers.n_own
        if self._file is not None and alone and self._rounds > self._written >= 0:
            self._save(session, finished=False)

    def close(self) -> None:
        """Release the file."""
        if self._file is not None:
            self._file.close()

    def _take(self, rounds: int, session: Committed) -> None:
        # Listeners go on with the next round before an error may end it.
        self._rounds, self._listeners = rounds, state_dicts(session.listeners)

    def _due(self, rounds: int) -> bool:
        if self._wanted.rounds:
            return rounds % self._wanted.rounds == 0
        late = np.array([time.monotonic() - self._at >= self._wanted.seconds], np.int64)
        self._communicator.broadcast(late)
        return bool(late[0])

    def _save(self, session: Committed, finished: bool) -> None:
        began = time.perf_counter()
        try:
            self._write(session, finished)
        except OSError as error:
            reason = error.strerror or str(error)
            session.tell(CheckpointFailed(self._rounds, str(self._wanted.path), reason))
        else:
            if self._file is not None:
                seconds = time.perf_counter() - began
                session.tell(CheckpointWritten(self._rounds, str(self._file.path), seconds))
        # Also after a failure: a full disk is not asked again every round.
        self._at = time.monotonic()

    def _write(self, session: Committed, finished: bool) -> None:
        rounds, buffers = self._rounds, session.buffers
        own = own_vectors(
            buffers, rounds, session.run.plan.workers, session.workers, self._communicator
        )
        if self._file is None:
            return
        rule = session.rule_states[rounds % 2]
        state = State(rounds, buffers.center(rounds), rule, own, self._listeners)
        self._file.write(to_bytes(Checkpoint(state, self._identity, finished)))
        self._written = rounds


def file_store(
    run: Run, execution: Execution, communicator: Communicator
) -> CheckpointManager | None:
    """The manager of a run's checkpoint file; None if there is nothing to write or to read.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    execution : Execution
        Names the files.
    communicator : Communicator
        Connects the ranks, all of which call.
    """
    if execution.checkpoint is None and execution.resume is None:
        return None
    return CheckpointManager(Checkpoints.of(execution), run, communicator)


def _check_shapes(state: State, session: Committed) -> None:
    plan, buffers = session.run.plan, session.buffers
    vectors, n_weights = buffers.center(0).shape
    kept = buffers.n_own if state.rounds else 0
    # Where periods are chosen on the way, a round may be as short as a step.
    most = plan.total_steps(session.run.sampler()) if plan.steered else session.n_rounds
    fits = (
        state.center.shape == (vectors, n_weights)
        and state.rule.shape == session.rule_states[0].shape
        and state.own.shape == ((plan.workers, kept, n_weights) if kept else (plan.workers, 0, 0))
        and 0 <= state.rounds <= most
    )
    if not fits:
        raise FileDamaged("the checkpoint does not hold what its own plan says")


def _unfinished(path: str | Path | None) -> bool:
    return path is not None and Path(path).exists() and not load_checkpoint(path).finished
