"""What becomes of a worker whose weights are no longer finite."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastavg.errors import Diverged
from fastavg.plan.plan import Plan
from fastavg.training.center import Board
from fastavg.training.observers.events import Event, WorkerSkipped
from fastavg.training.task import Report


def without_diverged(
    board: Board, round: int, workers: range, everyone: Sequence[Report], plan: Plan,
    tell: Callable[[Event], object],
) -> list[Report]:
    """The reports as the average uses them: diverged workers count for nothing.

    A diverged worker's slot is overwritten by the center and its solver state by
    zeros, so nothing of it reaches the next round.

    Parameters
    ----------
    workers : range
        The workers of this rank.
    everyone : sequence of Report
        Of all workers of all ranks.

    Raises
    ------
    Diverged
        On every rank, if the plan says so, or if nobody's weights are finite.
    """
    lost = [worker for worker, report in enumerate(everyone) if not report.finite]
    if lost and (plan.on_divergence == "stop" or len(lost) == len(everyone)):
        raise Diverged(round, lost[0])
    kept = list(everyone)
    for worker in lost:
        kept[worker] = kept[worker]._replace(loss=0.0, weight=0.0)
        tell(WorkerSkipped(round, worker))
        if worker in workers:
            slot = board.slot(round, worker - workers.start)
            slot[0], slot[1:] = board.center(round)[0], 0
    return kept
