"""What becomes of a worker whose weights are no longer finite."""

from __future__ import annotations

from collections.abc import Sequence

from fastavg.errors import Diverged
from fastavg.training.observers.events import WorkerSkipped
from fastavg.training.programs import Report
from fastavg.training.session import Session


def without_diverged(session: Session, round: int, reports: Sequence[Report]) -> list[Report]:
    """The reports as the average uses them: diverged workers have weight zero.

    A diverged worker's slot is overwritten by the center and its solver state by
    zeros, so nothing of it reaches the next round.

    Parameters
    ----------
    session : Session
        Its slots of diverged workers are overwritten.
    round : int
        Which round, from 0.
    reports : sequence of Report
        Of all workers of all ranks.

    Raises
    ------
    Diverged
        On every rank, if the plan says ``stop``, or if no worker's weights are finite.
    """
    diverged = [worker for worker, report in enumerate(reports) if not report.finite]
    if diverged and (
        session.run.plan.on_divergence == "stop" or len(diverged) == len(reports)
    ):
        raise Diverged(round, diverged[0])
    kept = list(reports)
    for worker in diverged:
        kept[worker] = kept[worker]._replace(loss=0.0, weight=0.0)
        session.tell(WorkerSkipped(round, worker))
        if worker in session.workers:
            slot = session.buffers.slot(round, worker - session.workers.start)
            slot[0], slot[1:] = session.buffers.center(round)[0], 0
    return kept
