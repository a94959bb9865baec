"""A store in memory: the state at the end of one call is where the next one begins."""

from __future__ import annotations

from fastavg.training.checkpoints.contract import Committed
from fastavg.training.checkpoints.state import State, own_vectors


class InMemory:
    """Takes the place of a checkpoint file where one process trains call by call.

    Parameters
    ----------
    state : State, optional
        What to go on from; without one the run begins at its beginning.

    Attributes
    ----------
    state : State or None
        After the run: the state after its last complete round, of this rank's workers.

    Examples
    --------
    >>> InMemory().state is None
    True
    """

    def __init__(self, state: State | None = None) -> None:
        self.state = state

    def resume(self, session: Committed) -> tuple[int, bool]:
        """Restore the state; complete rounds, and False; see :meth:`Store.resume`."""
        if self.state is None:
            return 0, False
        self.state.restore(session.buffers, session.workers)
        rounds = self.state.rounds
        session.rule_states[rounds % 2] = self.state.rule
        return rounds, False

    def commit(self, session: Committed, finished: bool) -> None:
        """Keep a copy of the last round's state; see :meth:`Store.commit`."""
        if not finished:
            return
        buffers, rounds = session.buffers, session.rounds
        self.state = State(
            rounds, buffers.center(rounds).copy(), session.rule_states[rounds % 2].copy(),
            own_vectors(buffers, rounds, session.run.plan.workers, session.workers),
        )

    def due_after(self, rounds: int) -> None:
        """None: only the last round's state is kept; see :meth:`Store.due_after`."""

    def rescue(self, session: Committed) -> None:
        """No-op: a call that fails leaves the state as it was; see :meth:`Store.rescue`."""

    def close(self) -> None:
        """No-op."""
