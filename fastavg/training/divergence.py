"""What becomes of a worker that has gone astray: weights not finite, or a loss far above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastavg.errors import Diverged
from fastavg.training.observers.events import WorkerSkipped
from fastavg.training.programs import Report

if TYPE_CHECKING:
    from fastavg.training.session import Session


def without_diverged(session: Session, round: int, reports: Sequence[Report]) -> list[Report]:
    """The reports as the average uses them: workers that are left out have weight zero.

    Left out are those that diverged, and those whose loss is far above (``plan.loss_gap``).
    Their slots are overwritten by the center and their solver state by zeros, so nothing of
    them reaches the next round.

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
    above = _above(reports, session.run.plan.loss_gap)
    kept = list(reports)
    for worker in sorted({*diverged, *above}):
        kept[worker] = kept[worker]._replace(loss=0.0, weight=0.0)
        session.tell(WorkerSkipped(round, worker, above.get(worker)))
        if worker in session.workers:
            slot = session.buffers.slot(round, worker - session.workers.start)
            slot[0], slot[1:] = session.buffers.center(round)[0], 0
    return kept


def _above(reports: Sequence[Report], gap: float | None) -> dict[int, float]:
    """Workers whose mean loss is too far above the lowest one's, and how far."""
    losses = {
        worker: report.loss / report.weight
        for worker, report in enumerate(reports) if report.finite and report.weight > 0
    }
    if gap is None or not losses:
        return {}
    lowest = min(losses.values())
    return {worker: loss - lowest for worker, loss in losses.items() if loss - lowest > gap}
