"""A run of an asynchronous algorithm in real time.

.. code-block:: text

    parent    hands a worker its next round as soon as its last one is done; when all workers
              of all ranks have done a round, the center as it then is, is committed

What a worker keeps for itself is committed too, so then it waits for the commit before its
next but one round: until it is safe, what it kept is not written over.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from fastavg.errors import Diverged
from fastavg.kernels.network.packing import all_finite
from fastavg.training.observers.events import WorkerSkipped, WorkLost
from fastavg.training.order_stream import gather, next_report
from fastavg.training.programs import Order, Report
from fastavg.training.rank_center import RankCenter, joined_center
from fastavg.training.shared_center import LOST, SharedCenter

if TYPE_CHECKING:
    from fastavg.training.session import Session


class FreeRun:
    """Orders out as soon as a worker is free, a commit when all have done a round.

    Parameters
    ----------
    session : Session
        An open run.
    warm_start : int
        Rounds that worker 0 trains alone.
    between_ranks : int
        Pushes of a rank's workers between two exchanges with the other ranks.
    """

    def __init__(self, session: Session, warm_start: int, between_ranks: int) -> None:
        run = session.run
        self._session, self._every = session, between_ranks
        self._alone = 0 if session.rounds else min(warm_start, session.n_rounds)
        self._shared = SharedCenter(
            session.buffers.beside, run.network, run.plan, len(session.workers)
        )
        self._ranks: RankCenter | None = None
        self._done: dict[int, dict[int, Report]] = defaultdict(dict)
        self._held: list[tuple[int, int]] = []
        # Of every local worker so far, and of all workers since the last commit.
        self._lost = dict.fromkeys(session.workers, 0)
        self._news = np.zeros(run.plan.workers, np.int64)
        self._open = 0

    def train(self) -> None:
        """Train until the session ends."""
        session, shared = self._session, self._shared
        first = session.rounds
        shared.put(session.buffers.center(first)[0], session.rule_states[first % 2])
        with joined_center(session, shared, self._every) as self._ranks:
            for round in session.to_come():
                if round == first:
                    self._begin(first)
                while len(self._done[round]) < len(session.workers):
                    self._take(*next_report(session.team, session.watch, session.processes))
                self._commit(round, self._done.pop(round))
                held, self._held = self._held, []
                for worker, later in held:
                    self._go_on(worker, later)
            shared.stopped = True
            while self._open:
                session.team.next()
                self._open -= 1

    def _begin(self, round: int) -> None:
        session, alone = self._session, self._alone
        if alone:
            if 0 in session.workers:
                self._submit(0, round)
                while not self._done[alone - 1]:
                    self._take(*next_report(session.team, session.watch, session.processes))
            self._meet()
            self._alone = 0
        for worker in session.workers[int(alone > 0 and 0 in session.workers) :]:
            self._submit(worker, round)

    def _meet(self) -> None:
        # Every rank's center becomes that of all.
        if self._ranks is not None:
            self._ranks.exchange()
            self._session.communicator.allreduce(np.zeros(1))
            self._ranks.exchange()

    def _go_on(self, worker: int, round: int) -> None:
        session = self._session
        if round >= session.n_rounds:
            return
        if session.buffers.n_own and not self._alone and round > session.rounds + 1:
            self._held.append((worker, round))
        else:
            self._submit(worker, round)

    def _submit(self, worker: int, round: int) -> None:
        session = self._session
        first, stop = session.run.plan.span(session.sampler, round)
        factor = session.directive().rate_factor
        session.team.submit(Order("free", round, worker, first, stop, factor))
        self._open += 1

    def _take(self, order: Order, report: Report) -> None:
        session = self._session
        self._open -= 1
        lost = int(self._shared.progress(order.worker - session.workers.start)[LOST])
        self._news[order.worker] += lost - self._lost[order.worker]
        self._lost[order.worker] = lost
        if session.communicator.size == 1:
            # Ranks stop together, when the round is committed.
            self._refuse(order.round, report)
        self._done[order.round][order.worker] = report
        self._go_on(order.worker, order.round + 1)

    def _refuse(self, round: int, report: Report) -> None:
        plan = self._session.run.plan
        if report.finite:
            return
        if plan.on_divergence == "stop" or plan.workers == 1:
            raise Diverged(round, int(report.worker))
        self._session.tell(WorkerSkipped(round, int(report.worker)))

    def _commit(self, round: int, done: dict[int, Report]) -> None:
        session, several = self._session, self._session.communicator.size > 1
        following = session.buffers.center(round + 1)
        state = session.rule_states[(round + 1) % 2]
        if self._ranks is not None:
            self._ranks.exchange()
        # All ranks have given what they have moved when the reports are there.
        reports = gather(
            [done[worker] for worker in session.workers], session.run.plan.workers,
            session.communicator,
        )
        if self._ranks is not None:
            self._ranks.exchange()
        following[1:] = 0
        self._shared.copy_to(following[0], state)
        if several:
            # Other ranks' workers go on, so that no two ranks see the same.
            session.communicator.broadcast(following[0])
            session.communicator.broadcast(state.reshape(-1))
            session.communicator.allreduce(self._news)
            for report in reports:
                self._refuse(round, report)
        for worker in np.flatnonzero(self._news).tolist():
            session.tell(WorkLost(round, worker, int(self._news[worker])))
        self._news[:] = 0
        if not all_finite(following[0]):
            raise Diverged(round, None)
        session.commit(
            loss=sum(report.loss for report in reports),
            rows=sum(report.weight for report in reports),
            evaluations=int(sum(report.evaluations for report in reports)),
        )
