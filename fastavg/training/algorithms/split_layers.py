"""Model averaging of workers that are groups of processes, each with a slice of every layer.

.. code-block:: text

    worker 0   slice 0 | slice 1 | ...   the neurons of each layer, with their weights and state
                 ^           ^           activations and errors meet in shared memory
    worker 1   slice 0 | slice 1 | ...
                 '-----------'------> slots --> mean --> the next center
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fastavg.data.sparse_rows import SparseRows
from fastavg.errors import ConfigError, WorkerLost
from fastavg.networks.network import Network
from fastavg.options import check_options, option, whole
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.placement import shares_workers
from fastavg.plan.plan import Plan
from fastavg.solvers import MiniBatch
from fastavg.training.algorithms.contract import Synchronous
from fastavg.training.algorithms.local_sgd import average
from fastavg.training.divergence import without_diverged
from fastavg.training.order_stream import gather, next_report
from fastavg.training.programs import Order, Report

if TYPE_CHECKING:
    from fastavg.training.session import Session

TRIES = 3
LOST = -1


@ALGORITHMS.member("split-layers")
@dataclass(frozen=True)
class SplitLayers(Synchronous):
    """Every worker is a group of processes, each with some of the neurons of every layer.

    A process holds the weights and the solver's state of its own neurons only.  Where there are
    more ranks than workers, the slices of every worker are spread over the ranks.  The bits of
    the result depend on the number of slices, and not on processes or ranks.

    Parameters
    ----------
    slices : int
        Processes of a worker.

    Notes
    -----
    The model parallelism of J. Dean et al., *Large Scale Distributed Deep Networks*, NIPS 2012,
    for fully connected layers; the averages between workers are those of
    :class:`~fastavg.training.algorithms.local_sgd.LocalSGD`.

    Examples
    --------
    >>> SplitLayers(slices=3).parts
    3
    """

    kernels: ClassVar[tuple[str, ...]] = ("split",)

    slices: int = option(
        2, check=whole(1), flag="--split-layers", unit="processes",
        help="Processes over which the neurons of every layer are split",
    )

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def parts(self) -> int:
        """Slices of a worker, which need a process each."""
        return int(self.slices)

    def shared_bytes(self, network: Network, plan: Plan, n_workers: int) -> int:
        """Of the blocks of all groups; see :meth:`PlannedAlgorithm.shared_bytes`."""
        from fastavg.training.slice_group import group_bytes

        return n_workers * group_bytes(network, plan, self.parts)

    def check(self, plan: Plan) -> None:
        """Refuse what looks at a whole layer at once; see :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        if not isinstance(plan.solver, MiniBatch):
            raise ConfigError(
                f"solver is {type(plan.solver).__name__}; split-layers goes with optimizers such "
                "as sgd or adam"
            )
        if plan.regularization.active:
            raise ConfigError(
                "dropout, l1, max_norm, max_change, clip_norm and clip_value do not go with "
                "split-layers; l2 does"
            )
        if plan.augment.active:
            raise ConfigError(
                "augment goes with local-sgd and asynchronous algorithms, not split-layers"
            )
        if plan.products not in ("float32", "blas"):
            raise ConfigError(f"products is {plan.products}; split-layers goes with float32")
        if not plan.batch_size:
            raise ConfigError(
                "batch_size is 0; split-layers needs the rows of a batch, which its shared memory "
                "is made for"
            )

    def train(self, session: Session) -> None:
        """Train round by round, as model averaging does; see :meth:`Algorithm.train`."""
        from fastavg.training.blocks import RoundTotals
        from fastavg.training.slices_of_ranks import SlicesOfRanks

        if isinstance(session.run.rows.X, SparseRows):
            raise ConfigError("X is sparse; split-layers goes with dense rows")
        over_ranks = None
        if shares_workers(session.run.plan, session.communicator):
            over_ranks = SlicesOfRanks(session, self.parts)
        for round in session.to_come():
            found = over_ranks.reports(round) if over_ranks else self._reports(session, round)
            reports = without_diverged(session, round, found)
            drift = average(session, round, reports).drift
            session.commit_block([RoundTotals(
                loss=sum(report.loss for report in reports),
                rows=sum(report.weight for report in reports),
                evaluations=int(sum(report.evaluations for report in reports)),
                drift=drift,
            )])

    def _reports(self, session: Session, round: int) -> list[Report]:
        # Only so many groups at a time as there are processes for: slices wait for each other.
        at_once = max(1, session.processes // self.parts)
        waiting, running = deque(session.workers), dict[int, dict[int, Report]]()
        tries: Counter[int] = Counter()
        done: dict[int, Report] = {}
        while waiting or running:
            while waiting and len(running) < at_once:
                worker = waiting.popleft()
                running[worker] = {}
                self._start(session, round, worker)
            order, report = next_report(session.team, session.watch, session.processes)
            found = running[order.worker]
            found[order.part] = report
            if len(found) < self.parts:
                continue
            del running[order.worker]
            if all(each.evaluations != LOST for each in found.values()):
                done[order.worker] = found[0]._replace(
                    finite=all(each.finite for each in found.values())
                )
                continue
            tries[order.worker] += 1
            if tries[order.worker] == TRIES:
                raise WorkerLost(
                    f"worker {order.worker} lost slices of its network {TRIES} times in round "
                    f"{round}; the complete rounds so far are {session.rounds}"
                )
            waiting.appendleft(order.worker)
        return gather(
            [done[worker] for worker in session.workers], session.run.plan.workers,
            session.communicator,
        )

    def _start(self, session: Session, round: int, worker: int) -> None:
        from fastavg.kernels.blocks.barrier import new_attempt
        from fastavg.training.slice_group import group_of

        run, slot = session.run, worker - session.workers.start
        group = group_of(session.buffers.beside, run.network, run.plan, self.parts, slot)
        new_attempt(group.words)
        group.begun[:] = 0
        first, stop = run.plan.span(session.sampler, round)
        factor = session.directive().rate_factor
        for part in range(self.parts):
            order = Order("slice", round, worker, first, stop, factor, part=part)
            session.team.submit(order)
