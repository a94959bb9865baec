"""Going on with a run in memory: the state of a call is where the next one begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.training.center import Board
from fastavg.training.checkpoints.state import State

Array = NDArray[np.floating]


class Onward:
    """Takes the place of a checkpoint file where one process trains round by round.

    Parameters
    ----------
    state : State, optional
        What to go on from; the run begins at its beginning without one.

    Attributes
    ----------
    state : State or None
        After the run: what its last complete round left, on this rank's board.

    Examples
    --------
    >>> Onward().state is None
    True
    """

    def __init__(self, state: State | None = None) -> None:
        self.state = state

    def resume(self, board: Board, rules: Array, workers: range) -> tuple[int, bool]:
        """Put the state into its place; the number of complete rounds, and False."""
        self._board, self._rules, self._workers = board, rules, workers
        if self.state is None:
            return 0, False
        self.state.spread(board, workers)
        rounds = self.state.rounds
        rules[rounds % 2] = self.state.rule
        return rounds, False

    def commit(self, rounds: int, finished: bool) -> None:
        """Keep a copy of the last round's state."""
        if not finished:
            return
        board = self._board
        own = np.zeros((len(self._workers), 0, 0), self._rules.dtype)
        kept = board.slot(rounds - 1, 0)[1:]
        if board.keeps:
            own = np.zeros((max(self._workers) + 1, *kept.shape), kept.dtype)
            for slot, worker in enumerate(self._workers):
                own[worker] = board.slot(rounds - 1, slot)[1:]
        self.state = State(
            rounds, board.center(rounds).copy(), self._rules[rounds % 2].copy(), own
        )
        del self._board, self._rules

    def rescue(self) -> None:
        """Nothing: a call that fails leaves the state as it was."""

    def close(self) -> None:
        """Nothing to let go of."""
