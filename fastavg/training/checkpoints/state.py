"""The committed state of a run: everything that the rounds to come depend on.

It belongs to the moment between two rounds, and the same state leads to the same
final weights whoever goes on from it, with however many processes or ranks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from fastavg.communicators import Communicator
from fastavg.training.center import CenterBuffers, Vectors

StateDicts = dict[str, Any]


@runtime_checkable
class Stateful(Protocol):
    """An observer or controller that is part of the state."""

    def state_dict(self) -> dict[str, Any]:
        """Plain values under names."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` gave.

        Parameters
        ----------
        state : dict
            Plain values and arrays, of :meth:`state_dict`.
        """
        ...


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
        State of the averaging rule.
    own : array (workers, n_own, n_weights)
        Vectors that each worker keeps; none unless plan or rule ask for it.
    listeners : dict
        ``state_dict`` of observers and controllers, by name.
    """

    rounds: int
    center: Vectors
    rule: Vectors
    own: Vectors
    listeners: StateDicts = field(default_factory=dict)

    def restore(self, buffers: CenterBuffers, workers: range) -> None:
        """Copy it to where the next round reads it.

        Parameters
        ----------
        buffers : CenterBuffers
            Their center after ``rounds`` rounds, and the slots that workers start from, are
            written.
        workers : range
            The workers of this rank.
        """
        buffers.center(self.rounds)[:] = self.center
        if self.own.size:
            for slot, worker in enumerate(workers):
                buffers.own(self.rounds - 1, slot)[:] = self.own[worker]


def state_dicts(listeners: Iterable[object]) -> StateDicts:
    """``state_dict`` of those that have one, by class and position.

    Parameters
    ----------
    listeners : iterable
        Observers and controllers.
    """
    return {name: listener.state_dict() for name, listener in _named(listeners)}


def load_state_dicts(listeners: Iterable[object], states: StateDicts) -> None:
    """Let those that have a state go on from it.

    Parameters
    ----------
    listeners : iterable
        Observers and controllers.
    states : dict
        Of :func:`state_dicts`.
    """
    for name, listener in _named(listeners):
        if name in states:
            listener.load_state_dict(states[name])


def _named(listeners: Iterable[object]) -> Iterator[tuple[str, Stateful]]:
    seen: list[str] = []
    for listener in listeners:
        if isinstance(listener, Stateful):
            kind = type(listener).__name__
            yield f"{kind}-{seen.count(kind)}", listener
            seen.append(kind)


def own_vectors(
    buffers: CenterBuffers, rounds: int, n_workers: int, workers: range,
    communicator: Communicator | None = None,
) -> Vectors:
    """The vectors that workers keep, (n_workers, n_own, n_weights).

    Parameters
    ----------
    buffers : CenterBuffers
        The run's centers and slots.
    rounds : int
        Complete rounds.
    n_workers : int
        Of all ranks.
    workers : range
        Of this rank.
    communicator : Communicator, optional
        Collects those of all ranks, a collective; without it other ranks' are zeros.
    """
    # A rank may have no worker, and so no slot.
    center = buffers.center(rounds)
    if not (rounds and buffers.n_own):
        return np.zeros((n_workers, 0, 0), center.dtype)
    own = np.zeros((n_workers, buffers.n_own, center.shape[1]), center.dtype)
    for slot, worker in enumerate(workers):
        own[worker] = buffers.own(rounds - 1, slot)
    if communicator is not None:
        # Zeros everywhere but on one rank: the sum is exact.
        communicator.allreduce(own.reshape(-1))
    return own
