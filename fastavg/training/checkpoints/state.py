"""The committed state of a run: everything that the rounds to come depend on.

It belongs to the moment between two rounds, and the same state leads to the same
final weights whoever goes on from it, with however many processes or ranks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.training.center import Board

Array = NDArray[np.floating]
Memories = dict[str, Any]


@dataclass(frozen=True, eq=False)
class State:
    """What the next round starts from.

    Parameters
    ----------
    rounds : int
        Complete rounds.
    center : array (vectors, n_weights)
        The common weights, then the averaged solver state.
    rule : array (n_vectors, n_weights)
        What the averaging rule remembers.
    own : array (workers, vectors, n_weights)
        Each worker's own solver state; no vectors unless the plan keeps it.
    memories : dict
        What observers remember, by name; plain values.
    """

    rounds: int
    center: Array
    rule: Array
    own: Array
    memories: Memories = field(default_factory=dict)

    def spread(self, board: Board, workers: range) -> None:
        """Put it where the next round looks for it."""
        board.center(self.rounds)[:] = self.center
        if self.own.size:
            for slot, worker in enumerate(workers):
                board.slot(self.rounds - 1, slot)[1:] = self.own[worker]


def memories_of(observers: object) -> Memories:
    """What observers remember: those that have ``remember`` and ``recall``."""
    found: Memories = {}
    for name, observer in _named(observers):
        found[name] = observer.remember()
    return found


def recall(observers: object, memories: Memories) -> None:
    """Let observers go on from what they remembered."""
    for name, observer in _named(observers):
        if name in memories:
            observer.recall(memories[name])


def _named(observers: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for observer in observers:
        if hasattr(observer, "remember") and hasattr(observer, "recall"):
            kind = type(observer).__name__
            found.append((f"{kind}-{sum(name.startswith(kind) for name, _ in found)}", observer))
    return found


def own_states(
    board: Board, rounds: int, n_workers: int, workers: range, communicator: Communicator
) -> Array:
    """Every worker's own solver state, from all ranks; a collective."""
    kept = board.slot(rounds - 1, 0)[1:]
    own = np.zeros((n_workers, *kept.shape), kept.dtype)
    for slot, worker in enumerate(workers):
        own[worker] = board.slot(rounds - 1, slot)[1:]
    # Zeros everywhere but on one rank: the sum is exact.
    communicator.allreduce(own.reshape(-1))
    return own
