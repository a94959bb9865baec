"""Asynchronous algorithms: workers run freely and share a center in this host's memory.

.. code-block:: text

    worker 0   fetch --> steps --> push --> steps --> push ...
                 ^                   |
    center       |  one vector in shared memory, moved by whoever comes
                 |                   |
    worker 1   steps --> push ...  fetch --> steps --> push

    parent     hands a worker its next round as soon as its last one is done; when all workers
               have done a round, the center as it then is, is committed
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fastavg.errors import ConfigError, Diverged
from fastavg.networks.network import Network
from fastavg.options import at_least, check_options, one_of, option
from fastavg.plan.plan import Plan
from fastavg.solvers import MiniBatch
from fastavg.training.observers.events import WorkerSkipped, WorkLost
from fastavg.training.order_stream import next_report
from fastavg.training.programs import Order, Report

if TYPE_CHECKING:
    from fastavg.training.replica import Replica
    from fastavg.training.session import Session


@dataclass(frozen=True)
class Asynchronous:
    """Common part of Downpour, asynchronous EASGD and Hogwild.

    Parameters
    ----------
    asynchrony : str
        ``real``: workers run freely, and the result depends on timing; ``simulated``: a seeded
        schedule says who is how late, with the same bits for any number of processes and ranks.
    spread : float
        With ``simulated``, the mean of the random part of an interval's time, as a multiple of
        its fixed part; 0 lets all workers take turns.
    """

    whole_batch: ClassVar[bool] = False
    converges: ClassVar[bool] = False
    kernels: ClassVar[tuple[str, ...]] = ("asynchronous",)
    blocks: ClassVar[tuple[str, ...]] = ()
    in_place: ClassVar[bool] = False
    keeps_replicas: ClassVar[bool] = False

    asynchrony: str = option("real", check=one_of("real", "simulated"))
    spread: float = option(1.0, check=at_least(0))

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def reproducible(self) -> bool:
        """True if asynchrony is simulated."""
        return self.asynchrony == "simulated"

    @property
    def parts(self) -> int:
        """One: a worker's work is one order."""
        return 1

    def shared_bytes(self, network: Network, plan: Plan, n_workers: int) -> int:
        """Of a shared center, or of the workers' intervals.

        See :meth:`PlannedAlgorithm.shared_bytes`.
        """
        from fastavg.training.interval_slots import interval_bytes
        from fastavg.training.shared_center import shared_bytes

        size = interval_bytes if self.reproducible else shared_bytes
        return size(network, plan, n_workers)

    def check(self, plan: Plan) -> None:
        """Refuse what needs all workers at once; see :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        name = type(self).__name__
        if not isinstance(plan.solver, MiniBatch):
            raise ConfigError(
                f"solver is {type(plan.solver).__name__}; {name} goes with optimizers such as sgd "
                "or adam"
            )
        if plan.averaging.keeps_replicas:
            raise ConfigError(
                f"averaging is {type(plan.averaging).__name__}; {name} takes changes in one by "
                "one, which no rule with replicas does"
            )

    def train(self, session: Session) -> None:
        """Train until all workers have taken their steps; see :meth:`Algorithm.train`."""
        from fastavg.training.simulation import Simulation

        if self.reproducible:
            Simulation(session, self).train()
            return
        if session.communicator.size > 1:
            raise ConfigError(
                f"{type(self).__name__} shares memory and {session.communicator.size} ranks have "
                "none in common; one rank, or algorithm.asynchrony=simulated, would do"
            )
        _FreeRun(session).train()

    def next_exchange(self, step: int) -> int:
        """The step after which a worker exchanges next; see :meth:`Exchange.next_exchange`."""
        raise NotImplementedError

    def exchange(self, replica: Replica, step: int, last: bool) -> None:
        """Bring a worker and the center together; see :meth:`Exchange.exchange`."""
        raise NotImplementedError


class _FreeRun:
    """Orders out as soon as a worker is free, a commit when all have done a round."""

    def __init__(self, session: Session) -> None:
        from fastavg.training.shared_center import SharedCenter

        run = session.run
        self._session, self._warm = session, getattr(run.plan.algorithm, "warm_start", 0)
        self._shared = SharedCenter(
            session.buffers.beside, run.network, run.plan, len(session.workers)
        )
        self._done: dict[int, dict[int, Report]] = defaultdict(dict)
        self._lost = dict.fromkeys(session.workers, 0)
        self._open = 0

    def train(self) -> None:
        session, shared = self._session, self._shared
        first = session.rounds
        shared.put(session.buffers.center(first)[0], session.rule_states[first % 2])
        begun = False
        for round in session.to_come():
            if not begun:
                begun = True
                alone = not first and min(self._warm, session.n_rounds)
                for worker in session.workers[: 1 if alone else None]:
                    self._submit(worker, first)
            while len(self._done[round]) < len(session.workers):
                self._take(*next_report(session.team, session.watch, session.processes))
            self._commit(round, list(self._done.pop(round).values()))
        shared.stopped = True
        while self._open:
            session.team.next()
            self._open -= 1

    def _submit(self, worker: int, round: int) -> None:
        session = self._session
        first, stop = session.run.plan.span(session.sampler, round)
        factor = session.directive().rate_factor
        session.team.submit(Order("free", round, worker, first, stop, factor))
        self._open += 1

    def _take(self, order: Order, report: Report) -> None:
        from fastavg.training.shared_center import LOST

        session = self._session
        self._open -= 1
        slot = order.worker - session.workers.start
        lost = int(self._shared.progress(slot)[LOST])
        if lost > self._lost[order.worker]:
            session.tell(WorkLost(order.round, order.worker, lost - self._lost[order.worker]))
            self._lost[order.worker] = lost
        if not report.finite:
            if session.run.plan.on_divergence == "stop" or session.run.plan.workers == 1:
                raise Diverged(order.round, order.worker)
            session.tell(WorkerSkipped(order.round, order.worker))
        self._done[order.round][order.worker] = report
        if order.round + 1 < session.n_rounds:
            self._submit(order.worker, order.round + 1)
        if order.round + 1 == self._warm and order.worker == 0 and not self._done[0].keys() - {0}:
            for worker in session.workers[1:]:
                self._submit(worker, 0)

    def _commit(self, round: int, reports: list[Report]) -> None:
        from fastavg.kernels.network.packing import all_finite

        session = self._session
        following = session.buffers.center(round + 1)
        following[1:] = 0
        self._shared.copy_to(following[0], session.rule_states[(round + 1) % 2])
        if not all_finite(following[0]):
            raise Diverged(round, None)
        session.commit(
            loss=sum(report.loss for report in reports),
            rows=sum(report.weight for report in reports),
            evaluations=int(sum(report.evaluations for report in reports)),
        )
