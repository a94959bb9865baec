"""Hierarchical local SGD: averages within groups of workers often, between groups rarely.

.. code-block:: text

    round     1    2    3    4    5    6    7    8        outer_every = 4
    group 0   m    m    m  .-+-.  m    m    m  .-+-.      m: mean of the group's workers
    group 1   m    m    m  | + |  m    m    m  | + |      +: mean of all, then the rule, whose
                           '---'              '---'          center every group starts from

Groups are logical: so many consecutive workers, wherever they run.  A mean within a group that
one rank runs sends nothing; between ranks or machines data go with the outer period alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from fastavg.averaging.reduction import Slots, combine_members
from fastavg.communicators.collectives import workers_of
from fastavg.errors import ConfigError
from fastavg.machine.failpoints import failpoint
from fastavg.options import check_options, option, whole
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.plan import Plan
from fastavg.training.algorithms.contract import Synchronous
from fastavg.training.algorithms.local_sgd import average
from fastavg.training.divergence import without_diverged
from fastavg.training.programs import Report

if TYPE_CHECKING:
    from fastavg.training.session import Session


@ALGORITHMS.member("hierarchical-local-sgd")
@dataclass(frozen=True)
class HierarchicalLocalSGD(Synchronous):
    """Model averaging with an inner period within groups and an outer period between them.

    ``average_every`` of the plan is the inner period, and the averaging rule makes the outer
    average.  Within a group it is the plain mean.  What is published, validated and saved is the
    center of the last outer average; the last round of a run always ends with one.

    Parameters
    ----------
    groups : int
        Number of groups of consecutive workers, of nearly equal size; at most the number of
        workers.
    outer_every : int
        Inner periods between two averages of all groups.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Notes
    -----
    Lin, Stich, Patel and Jaggi 2020, "Don't use large mini-batches, use local SGD", section 5.
    In both averages workers count by their rows since the last one of either.  Rounds are trained
    one by one, not in blocks.

    Examples
    --------
    >>> HierarchicalLocalSGD(groups=2).check(Plan(workers=4, averaging="diloco"))
    """

    keeps_replicas: ClassVar[bool] = True

    groups: int = option(2, check=whole(1))
    outer_every: int = option(4, check=whole(1), unit="rounds")

    def __post_init__(self) -> None:
        check_options(self)

    def check(self, plan: Plan) -> None:
        """Refuse more groups than workers, and rules with replicas; see :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        if self.groups > plan.workers:
            raise ConfigError(
                f"groups is {self.groups} and workers is {plan.workers}; a group needs a worker"
            )
        if plan.averaging.keeps_replicas:
            raise ConfigError(
                f"averaging is {type(plan.averaging).__name__}, whose workers go on from their own "
                "weights; hierarchical-local-sgd goes with rules such as mean, slowmo or diloco"
            )

    def train(self, session: Session) -> None:
        """Train round by round; see :meth:`Algorithm.train`."""
        from fastavg.training.blocks import RoundTotals

        for round in session.to_come():
            reports = without_diverged(session, round, session.train("train", round))
            drift = None
            if (round + 1) % self.outer_every == 0 or round + 1 == session.n_rounds:
                drift = average(
                    session, round, _counted(reports), round // self.outer_every
                ).drift
                _start_together(session, round)
            else:
                self._within_groups(session, round, reports)
            session.commit_block([RoundTotals(
                loss=sum(report.loss for report in reports),
                rows=sum(report.weight for report in reports),
                evaluations=int(sum(report.evaluations for report in reports)),
                drift=drift,
            )])

    def _within_groups(self, session: Session, round: int, reports: Sequence[Report]) -> None:
        plan, buffers = session.run.plan, session.buffers
        # The last outer center stays, and with it the rule's state.
        buffers.center(round + 1)[:] = buffers.center(round)
        session.rule_states[(round + 1) % 2][:] = session.rule_states[round % 2]
        vectors = len(buffers.center(round)) if plan.solver_state == "average" else 1
        mean = np.empty_like(buffers.center(round)[0])
        for group in range(int(self.groups)):
            members = workers_of(group, int(self.groups), plan.workers)
            weights = [reports[worker].weight for worker in members]
            local = [worker for worker in members if worker in session.workers]
            shared = self._spans(session, members)
            # A group without rows stays where it is, a worker alone is its own mean, and a
            # group of another rank is that rank's business.
            if not sum(weights) or len(members) == 1 or not (shared or local):
                continue
            ranks = session.communicator if shared else None
            for worker in local:
                failpoint("averaging", round, worker)
            indices = [worker - session.workers.start for worker in local]
            shares = np.array([reports[worker].weight for worker in local]) / sum(weights)
            for vector in range(vectors):
                slots = buffers.slots(round, vector)
                combine_members(Slots(slots.memory, slots.starts[indices]), shares, mean, ranks)
                for index in indices:
                    buffers.slot(round, index)[vector] = mean

    def _spans(self, session: Session, members: range) -> bool:
        size, workers = session.communicator.size, session.run.plan.workers
        ranks = [workers_of(rank, size, workers) for rank in range(size)]
        return not any(members.start in own and members[-1] in own for own in ranks)


def _counted(reports: Sequence[Report]) -> list[Report]:
    # Groups have moved in earlier rounds, so that the mean is due also if nobody had rows in the
    # last one.
    if sum(report.weight for report in reports):
        return list(reports)
    return [report._replace(weight=1.0) for report in reports]


def _start_together(session: Session, round: int) -> None:
    # Every worker goes on from the next center, with the state that all have in common.
    plan, following = session.run.plan, session.buffers.center(round + 1)
    vectors = len(following) if plan.solver_state == "average" else 1
    for index in range(len(session.workers)):
        session.buffers.slot(round, index)[:vectors] = following[:vectors]
