"""Simulated asynchrony: who is how late is drawn from the seed, not from the clock.

.. code-block:: text

    time ------------------------------------------------------------>
    worker 0   fetch |----- steps -----| push, fetch |---- steps ---| push ...
    worker 1   fetch |--------- steps ---------| push, fetch |-- steps --| push ...

Every interval between two exchanges lasts a time that is drawn for it.  The intervals are
computed by whichever process is free; the exchanges are made here, in the order of the drawn
times.  A round ends when all workers have taken its steps.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.collectives import workers_of
from fastavg.errors import Diverged
from fastavg.kernels.network.packing import all_finite, repack
from fastavg.networks.workspace import dense_table, wide_size, wide_table
from fastavg.randomness import generator
from fastavg.training.interval_slots import IntervalSlots
from fastavg.training.observers.events import WorkerSkipped
from fastavg.training.order_stream import gather, next_report
from fastavg.training.programs import Order, Report
from fastavg.training.replica import Replica
from fastavg.training.session import Session
from fastavg.training.shared_center import SharedCenter, shared_bytes


class Simulation:
    """A run of an asynchronous algorithm on drawn times.

    Parameters
    ----------
    session : Session
        An open run.
    algorithm : Asynchronous
        Says when workers exchange, and how.
    """

    def __init__(self, session: Session, algorithm: Any) -> None:
        run, plan = session.run, session.run.plan
        self._session, self._algorithm = session, algorithm
        self._slots = IntervalSlots(
            session.buffers.beside, run.network, plan, len(session.workers)
        )
        memory = np.zeros(shared_bytes(run.network, plan, 1), np.uint8)
        self._center = SharedCenter(memory, run.network, plan, 1)
        self._replicas = [
            Replica(
                np.zeros(wide_size(run.network), plan.dtype), self._center, plan.averaging,
                plan.workers,
            )
            for _ in range(plan.workers)
        ]
        self._dense, self._wide = dense_table(run.network), wide_table(run.network)
        size = session.communicator.size
        self._ranks = {
            worker: rank for rank in range(size)
            for worker in workers_of(rank, size, plan.workers)
        }
        self._reports: dict[int, Report] = {}
        self._factor = 1.0

    def train(self) -> None:
        """Train round by round until the session ends."""
        session, first = self._session, self._session.rounds
        for round in session.to_come():
            self._begin(round, resumed=round == first > 0)
            totals = self._round(round)
            self._end(round)
            reports = gather([
                Report(worker, loss, weight, int(evaluations), True, 0.0, 0.0)
                for worker, (loss, weight, evaluations) in enumerate(totals.tolist())
                if worker in session.workers
            ], session.run.plan.workers, session.communicator)
            if not all_finite(session.buffers.center(round + 1)[0]):
                raise Diverged(round, None)
            session.commit(
                loss=sum(report.loss for report in reports),
                rows=sum(report.weight for report in reports),
                evaluations=int(sum(report.evaluations for report in reports)),
            )

    def _begin(self, round: int, resumed: bool) -> None:
        # The committed state: center, rule, and what each worker keeps.
        session, plan = self._session, self._session.run.plan
        self._center.put(session.buffers.center(round)[0], session.rule_states[round % 2])
        for worker, replica in enumerate(self._replicas):
            if not (round and self._algorithm.keeps_replicas):
                replica.begin()
            elif resumed:
                self._restore(replica, worker, round)
            if worker not in session.workers:
                continue
            slot = worker - session.workers.start
            state = self._slots.given(slot)[1:]
            if not round or plan.solver_state == "reset":
                state[:] = 0
                continue
            own = session.buffers.slot(round - 1, slot)[1:]
            for source, target in zip(own, state, strict=True):
                repack(self._dense, source, self._wide, target)

    def _restore(self, replica: Replica, worker: int, round: int) -> None:
        # A checkpoint's own weights of a worker are with its rank; all ranks exchange them.
        session = self._session
        replica.begin()
        if worker in session.workers:
            own = session.buffers.slot(round - 1, worker - session.workers.start)
            repack(self._dense, own[0], self._wide, replica.theta)
        if session.communicator.size > 1:
            session.communicator.broadcast(replica.theta, self._ranks[worker])

    def _round(self, round: int) -> NDArray[np.float64]:
        session, plan = self._session, self._session.run.plan
        first, stop = plan.span(session.sampler, round)
        self._factor = session.directive().rate_factor
        draws = [generator(plan.seed, "lateness", round, worker) for worker in range(plan.workers)]
        totals, queue = np.zeros((plan.workers, 3)), list[tuple[float, int, int]]()
        late = plan.workers if round >= getattr(self._algorithm, "warm_start", 0) else 1

        def begin(worker: int, at: int, now: float) -> None:
            if at < stop:
                until = min(stop, self._algorithm.next_exchange(at))
                self._start(Order("interval", round, worker, at, until, self._factor))
                lateness = 1 + self._algorithm.spread * draws[worker].exponential()
                heapq.heappush(queue, (now + (until - at) * lateness, worker, until))

        for worker in range(late):
            begin(worker, first, 0.0)
        while queue:
            now, worker, at = heapq.heappop(queue)
            totals[worker] += self._finish(round, worker)
            self._algorithm.exchange(self._replicas[worker], at, at == stop)
            begin(worker, at, now)
            if worker == 0 and at == stop:
                for other in range(late, plan.workers):
                    self._replicas[other].begin()
                    begin(other, first, now)
        return totals

    def _start(self, order: Order) -> None:
        session = self._session
        if order.worker in session.workers:
            slot = order.worker - session.workers.start
            self._slots.given(slot)[0] = self._replicas[order.worker].theta
            session.team.submit(order)

    def _finish(self, round: int, worker: int) -> tuple[float, float, int]:
        # The worker's weights after its interval, on every rank.
        session, replica = self._session, self._replicas[worker]
        mine, figures = worker in session.workers, (0.0, 0.0, 0)
        if mine:
            while worker not in self._reports:
                order, report = next_report(session.team, session.watch, session.processes)
                self._reports[order.worker] = report
            report = self._reports.pop(worker)
            figures = report.loss, report.weight, report.evaluations
            slot = worker - session.workers.start
            self._slots.places[slot] ^= 1
            replica.theta[:] = self._slots.given(slot)[0]
        if session.communicator.size > 1:
            session.communicator.broadcast(replica.theta, self._ranks[worker])
        replica.trained()
        if not all_finite(replica.theta):
            if session.run.plan.on_divergence == "stop" or len(self._replicas) == 1:
                raise Diverged(round, worker)
            session.tell(WorkerSkipped(round, worker))
            replica.begin()
            if mine:
                self._slots.given(slot)[1:] = 0
            return 0.0, 0.0, 0
        return figures

    def _end(self, round: int) -> None:
        session = self._session
        following = session.buffers.center(round + 1)
        following[1:] = 0
        self._center.copy_to(following[0], session.rule_states[(round + 1) % 2])
        keeps = session.run.plan.solver_state != "reset"
        for slot, worker in enumerate(session.workers):
            own = session.buffers.slot(round, slot)
            repack(self._wide, self._replicas[worker].theta, self._dense, own[0])
            for source, target in zip(
                self._slots.given(slot)[1:] if keeps else (), own[1:], strict=True
            ):
                repack(self._wide, source, self._dense, target)
