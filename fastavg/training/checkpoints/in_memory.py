"""A store in memory: the state at the end of one call is where the next one begins."""

from __future__ import annotations

from dataclasses import replace

from fastavg.training.checkpoints.contract import Committed
from fastavg.training.checkpoints.state import State, own_vectors


class InMemory:
    """Takes the place of a checkpoint file where one process trains call by call.

    Parameters
    ----------
    state : State, optional
        What to go on from; without one the run begins at its beginning.
    rounds_per_epoch : int, default 1
        Of the run that the state is of; with :meth:`count_by`.

    Attributes
    ----------
    state : State or None
        After the run: the state after its last complete round, of this rank's workers.

    Examples
    --------
    >>> InMemory().state is None
    True
    """

    def __init__(self, state: State | None = None, rounds_per_epoch: int = 1) -> None:
        self.state, self._per_epoch = state, rounds_per_epoch

    def count_by(self, rounds_per_epoch: int | None) -> None:
        """Go on with a run whose epochs have so many rounds, with as many epochs as before.

        Parameters
        ----------
        rounds_per_epoch : int or None
            Of the run to come; None, where its epochs have no whole rounds, goes on with as
            many rounds as before.
        """
        if rounds_per_epoch is None:
            return
        if self.state is not None:
            epochs = self.state.rounds // self._per_epoch
            self.state = replace(self.state, rounds=epochs * rounds_per_epoch)
        self._per_epoch = rounds_per_epoch

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
