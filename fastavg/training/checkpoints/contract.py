"""Where the committed state of a run is kept, and what a store sees of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from fastavg.communicators.contract import Communicator
from fastavg.training.center import CenterBuffers, Vectors
from fastavg.training.observers.events import Event
from fastavg.training.run import Run


class Committed(Protocol):
    """What a store reads and restores: a session between two rounds.

    Attributes
    ----------
    run : Run
        Network, plan, rows and first weights.
    buffers : CenterBuffers
        The center after ``rounds`` rounds is ``buffers.center(rounds)``.
    rule_states : array (2, n_vectors, n_weights)
        State of the averaging rule; that of ``rounds`` is ``rule_states[rounds % 2]``.
    workers : range
        The workers of this rank.
    communicator : Communicator
        Between ranks.
    listeners : sequence
        Observers and controllers; those with ``state_dict`` and ``load_state_dict`` are
        part of the state.
    rounds : int
        Complete rounds.
    """

    run: Run
    buffers: CenterBuffers
    rule_states: Vectors
    workers: range
    communicator: Communicator
    listeners: Sequence[Any]
    rounds: int

    @property
    def n_rounds(self) -> int:
        """Rounds in all, as far as is known."""
        ...

    def tell(self, event: Event) -> bool:
        """Tell observers.

        Parameters
        ----------
        event : Event
            What happened.
        """
        ...


class Store(Protocol):
    """Keeps the state of complete rounds; a file, or memory."""

    def resume(self, session: Committed) -> tuple[int, bool]:
        """Restore the state to go on from; complete rounds, and True if that was all.

        Parameters
        ----------
        session : Committed
            Its buffers, rule states and listeners are written.
        """
        ...

    def commit(self, session: Committed, finished: bool) -> None:
        """``session.rounds`` rounds are complete now; a collective of all ranks.

        Parameters
        ----------
        session : Committed
            Between two rounds.
        finished : bool
            True if no further round will follow.
        """
        ...

    def due_after(self, rounds: int) -> int | None:
        """The next number of complete rounds after which the state is wanted; None for any.

        Parameters
        ----------
        rounds : int
            Complete rounds.
        """
        ...

    def rescue(self, session: Committed) -> None:
        """Keep the last complete round before an error or a signal ends the run.

        Parameters
        ----------
        session : Committed
            After its last complete round.
        """
        ...

    def close(self) -> None:
        """Release what the store holds."""
        ...
