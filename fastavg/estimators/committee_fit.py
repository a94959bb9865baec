"""``n_members``: an estimator whose predictions are the mean of several networks'."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator, LocalCommunicator
from fastavg.communicators.agreement import agree
from fastavg.communicators.collectives import failing_together
from fastavg.errors import ConfigError, Diverged
from fastavg.estimators.callbacks.adapter import Callbacks
from fastavg.estimators.held_out import FitData
from fastavg.estimators.member_exchange import exchanged
from fastavg.estimators.partial_fit import Incremental
from fastavg.estimators.translation import dtype_of, plan_of, seed_of
from fastavg.models.committee import committee_of
from fastavg.models.model import Model
from fastavg.plan.execution import Execution
from fastavg.plan.placement import processes_here
from fastavg.training.observers.events import Observer
from fastavg.training.observers.history import RoundRecord
from fastavg.training.run import agree_on
from fastavg.training.side_by_side import of_member, side_by_side
from fastavg.training.train_committee import seed_of_member

# What is told of the first member.
FIRST = (
    "loss_curve_", "loss_", "best_loss_", "validation_scores_", "validation_loss_curve_",
    "best_validation_score_", "history_", "t_", "n_layers_", "n_outputs_", "out_activation_",
)


class WithMembers(Incremental, ABC):
    """What a committee needs of an estimator.

    Attributes
    ----------
    estimators_ : list of WithMembers
        The members, with ``n_members``.
    intercepts_ : list of array
        Biases of each layer.
    history_ : list of RoundRecord
        Every round's figures.
    """

    estimators_: list[Any]
    intercepts_: list[NDArray[np.floating]]
    history_: list[RoundRecord]

    @abstractmethod
    def _fit(
        self, rows: FitData, warm: bool, ranks: Communicator, callbacks: Callbacks,
        observers: Sequence[Observer] = (),
    ) -> None:
        """Fit a single network."""


def fit_members(
    estimator: WithMembers, rows: FitData, ranks: Communicator, callbacks: Callbacks
) -> None:
    """Fit ``n_members`` copies of an estimator side by side, and keep their committee.

    Copies differ in their seeds alone, and the first one is what the estimator would be with
    ``n_members=1``.

    Parameters
    ----------
    estimator : WithMembers
        Knows its classes; afterwards it has ``estimators_`` and predicts by their mean.
    rows : FitData
        The training rows.
    ranks : Communicator
        Between ranks, which share the members out.
    callbacks : Callbacks
        Hears of the first member's epochs.

    Raises
    ------
    RankMismatch
        If the ranks were given different parameters or rows.
    Diverged
        If a member's weights are no longer finite; on every rank.
    """
    n_members, seed = int(estimator.n_members), seed_of(estimator.random_state, ranks)
    files = Execution(
        checkpoint=estimator.checkpoint, checkpoint_every=estimator.checkpoint_every,
        resume=estimator.resume,
    )
    silent = Callbacks(copy.copy(estimator).set_params(verbose=False), (), 1, rows.X, rows.y)

    def unfitted(member: int) -> WithMembers:
        made, own = copy.copy(estimator), of_member(files, member)
        made.__dict__.pop("estimators_", None)
        made.set_params(
            n_members=1, random_state=seed_of_member(seed, member), processes=1,
            checkpoint=own.checkpoint, resume=own.resume, communicator=None,
        )
        return made

    def one(member: int, passing: Sequence[Observer]) -> WithMembers:
        made = unfitted(member)
        told = callbacks if member == 0 else silent
        made._fit(rows, False, LocalCommunicator(), told, passing)
        return made

    at_once = processes_here(estimator.processes, n_members, ranks)
    if ranks.size == 1:
        keep_members(estimator, side_by_side(range(n_members), at_once, one))
        return
    network = estimator._network(rows.X.shape[1], rows.targets)
    plan = plan_of(estimator, rows.X.shape[0], seed, dtype_of(estimator.dtype, rows.X))
    start = network.initial_weights(plan.seed, plan.init, plan.dtype)
    agree_on(estimator._run(network, plan, rows, start), ranks)
    agree({"number of members": n_members}, ranks)
    numbers = range(ranks.rank, n_members, ranks.size)
    members = _fitted_together(numbers, at_once, one, ranks)
    keep_members(estimator, exchanged(
        members, [unfitted(member) for member in range(n_members)], network, plan.dtype, ranks
    ))


def _fitted_together(
    numbers: range, at_once: int, one: Callable[[int, Sequence[Observer]], WithMembers],
    ranks: Communicator,
) -> dict[int, WithMembers]:
    # This rank's members; if one of any rank has diverged, all ranks raise that.
    diverged, members = np.zeros(1, np.int64), list[WithMembers]()
    with failing_together(ranks):
        try:
            members = side_by_side(numbers, at_once, one)
        except Diverged as error:
            diverged[0] = error.round + 1
    ranks.allreduce(diverged, "max")
    if diverged[0]:
        raise Diverged(int(diverged[0]) - 1, None)
    return dict(zip(numbers, members, strict=True))


def keep_members(estimator: WithMembers, members: list[WithMembers]) -> None:
    """Let an estimator predict by the mean of fitted members.

    Parameters
    ----------
    estimator : WithMembers
        Its ``coefs_``, ``intercepts_`` and ``weights_`` get a first axis of members.
    members : list of WithMembers
        Fitted, with the same layers.
    """
    estimator.estimators_ = members
    committee = committee_of([
        each.model_ for each in members if isinstance(each.model_, Model)
    ])
    estimator.model_, estimator.weights_ = committee, committee.members
    estimator.coefs_ = _stacked([each.coefs_ for each in members])
    estimator.intercepts_ = _stacked([each.intercepts_ for each in members])
    estimator.n_iter_ = max(each.n_iter_ for each in members)
    for name in FIRST:
        setattr(estimator, name, getattr(members[0], name))


def _stacked(layers: list[list[NDArray[Any]]]) -> list[NDArray[Any]]:
    return [np.stack(each) for each in zip(*layers, strict=True)]


def check_single(estimator: WithMembers, what: str) -> None:
    """Refuse what several networks cannot do.

    Parameters
    ----------
    estimator : WithMembers
        With or without ``n_members``.
    what : str
        What is asked for, for the message.

    Raises
    ------
    ConfigError
        If the estimator has several members.
    """
    if estimator.n_members > 1:
        raise ConfigError(
            f"n_members is {estimator.n_members}; {what} goes with a single network, n_members 1"
        )
