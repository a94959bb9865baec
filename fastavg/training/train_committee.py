"""Committees: networks that are trained side by side, and whose predictions are averaged.

.. code-block:: text

    seed of member 0 --> first weights, order of rows, deformations --> network 0 --.
    seed of member 1 --> ...                                        --> network 1 --+--> mean
    seed of member 2 --> ...                                        --> network 2 --'

Nothing is averaged in training.  A member is a function of the plan and its number, so a
committee has the same bits for any number of processes, and of ranks, which share out its
members among themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.agreement import agree
from fastavg.data.targets import Targets
from fastavg.errors import ConfigError, Diverged
from fastavg.models.committee import Committee, committee_of
from fastavg.models.model import Model
from fastavg.networks.network import Network
from fastavg.options import is_whole
from fastavg.plan.execution import Execution
from fastavg.plan.placement import processes_here
from fastavg.plan.plan import Plan
from fastavg.randomness import key
from fastavg.training.observers.events import Observer
from fastavg.training.run import Run, agree_on
from fastavg.training.side_by_side import of_member, side_by_side
from fastavg.training.train import prepare_rows, train


def seed_of_member(seed: int, member: int) -> int:
    """The seed of a member; the first one's is that of the plan.

    Parameters
    ----------
    seed : int
        Of the plan.
    member : int
        Its number, from 0.

    Examples
    --------
    >>> seed_of_member(7, 0), seed_of_member(7, 1) == seed_of_member(7, 2)
    (7, False)
    """
    return key(seed, "member", member) % 2**31 if member else seed


def train_committee(
    network: Network,
    X: Any,
    y: Any,
    plan: Plan | None = None,
    *,
    n_members: int = 7,
    sample_weight: Any = None,
    execution: Execution | None = None,
) -> Committee:
    """Train several networks side by side; their predictions are averaged.

    Parameters
    ----------
    network : Network
        The layers of every member.
    X : array-like, or sparse array or matrix (n_rows, n_features)
        As for :func:`fastavg.train`.
    y : array-like (n_rows,) or (n_rows, n_outputs), or Targets
        As for :func:`fastavg.train`.
    plan : Plan, optional
        How each member is trained; members differ in its ``seed`` alone, and the first one has
        this one's.  With ``stopping.held_out`` each holds rows of its own out.
        :class:`Plan` () if not given.
    n_members : int, default 7
        How many networks, 1 or more.
    sample_weight : array-like (n_rows,), optional
        How much each row counts; all the same if not given.
    execution : Execution, optional
        ``processes``: how many members are trained at the same time, in threads of this process;
        the usable CPUs if not given.  Ranks share out the members.  Checkpoints: a file for
        each member, whose number is added to the name.  Observers hear of the first member,
        which goes on in turns with the others.  Changes no bit of the result.

    Returns
    -------
    Committee

    Raises
    ------
    DataError
        If X, y or sample_weight cannot be used; names row and column.
    ConfigError
        If network, plan and data do not fit each other, or ``n_members`` is impossible.
    Diverged
        If a worker's weights are no longer finite.
    RankMismatch
        If the ranks were given different settings or data.

    Examples
    --------
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0]] * 8)
    >>> plan = Plan(epochs=40, solver={"name": "adam", "learning_rate": 0.1})
    >>> made = train_committee(Network((2, 2)), X, ["up", "down"] * 8, plan, n_members=3)
    >>> made.members.shape, made.predict([[0, 1]]).tolist()
    ((3, 6), ['up'])
    """
    plan, execution = plan or Plan(), execution or Execution()
    if not is_whole(n_members, 1):
        raise ConfigError(f"n_members is {n_members!r}; it must be a whole number of at least 1")
    rows, classes = prepare_rows(network, plan, X, y, sample_weight)
    start = network.initial_weights(plan.seed, plan.init, plan.numpy_dtype)

    def one(member: int, mine: Execution) -> Model:
        own = replace(plan, seed=seed_of_member(plan.seed, member))
        return train(
            network, rows.X, Targets(rows.Y, classes), own,
            sample_weight=rows.weights if rows.weights.size else None,
            execution=mine,
        )

    ranks = execution.connect()
    try:
        agree_on(Run(network, plan, rows, start), ranks)
        agree({"number of members": n_members}, ranks)
        weights = members_of_ranks(n_members, execution, ranks, one, start)
    finally:
        if ranks is not execution.communicator:
            ranks.close()
    return committee_of([Model(network, each, classes) for each in weights])


def members_of_ranks(
    n_members: int, execution: Execution, ranks: Communicator, train_one: Any,
    like: NDArray[np.floating],
) -> NDArray[np.floating]:
    """The weights of all members, of which each rank trains its part; a collective.

    Parameters
    ----------
    n_members : int
        Members of all ranks.
    execution : Execution
        Of all members.
    ranks : Communicator
        Between ranks.
    train_one : callable
        From a member's number and its own execution to something with ``weights``.
    like : array (n_weights,)
        Shape and dtype of a member's weights.

    Returns
    -------
    array (n_members, n_weights)
        The same on every rank.

    Raises
    ------
    Diverged
        On every rank, if a member of any rank has diverged.
    """
    # The first member, which observers hear of, is the first rank's.
    mine = range(ranks.rank, n_members, ranks.size)
    at_once = processes_here(execution.processes, n_members, ranks)
    weights = np.zeros((n_members, like.size), like.dtype)
    failed = np.zeros(n_members, np.int64)

    def one(member: int, passing: Sequence[Observer]) -> None:
        told = (*execution.observers, *passing) if member == 0 else passing
        own = replace(of_member(execution, member, *told), **ALONE)
        try:
            weights[member] = train_one(member, own).weights
        except Diverged as error:
            failed[member] = error.round + 1
            if ranks.size == 1:
                raise

    side_by_side(mine, at_once, one)
    ranks.allreduce(failed, "max")
    if failed.any():
        raise Diverged(int(failed.max()) - 1, None)
    for member in range(n_members):
        ranks.broadcast(weights[member], member % ranks.size)
    return weights


# A member is trained by one rank.
ALONE: dict[str, Any] = {
    "communicator": None, "rendezvous": None, "rank": None, "size": None, "key_file": None,
}
