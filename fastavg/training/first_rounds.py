"""The first rounds, where the plan has them with fewer workers or without an average."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastavg.training.programs import Report

if TYPE_CHECKING:
    from fastavg.training.session import Session


def differs(session: Session, round: int) -> bool:
    """True if a round is not trained, or not averaged, as later ones are.

    Parameters
    ----------
    session : Session
        An open run.
    round : int
        Which round, from 0.
    """
    beginning, workers = session.run.plan.beginning, session.run.plan.workers
    return beginning.active and (
        round < beginning.rounds or active_workers(session, round) < workers
    )


def active_workers(session: Session, round: int) -> int:
    """How many workers train in a round: the first ones.

    Parameters
    ----------
    session : Session
        An open run.
    round : int
        Which round, from 0.
    """
    plan = session.run.plan
    if not plan.beginning.workers:
        return plan.workers
    return plan.beginning.workers_at(session.timetable.epochs_after(round), plan.workers)


def with_idle(session: Session, round: int, reports: Sequence[Report], active: int) -> list[Report]:
    """The reports of all workers, where some have not trained.

    These start their first round from the center, without a state of their own.

    Parameters
    ----------
    session : Session
        Its slots of idle workers are overwritten.
    round : int
        Which round, from 0.
    reports : sequence of Report
        Of all workers of all ranks.
    active : int
        The first worker that has not trained.
    """
    kept = list(reports)
    for worker in range(active, len(kept)):
        kept[worker] = Report(worker, 0.0, 0.0, 0, True, 0.0, 0.0)
        if worker in session.workers:
            slot = session.buffers.slot(round, worker - session.workers.start)
            slot[0], slot[1:] = session.buffers.center(round)[0], 0
    return kept


def best_alone(session: Session, round: int, reports: Sequence[Report]) -> Sequence[Report]:
    """The reports that a round's average counts: in the first rounds the best worker's alone.

    Parameters
    ----------
    session : Session
        An open run.
    round : int
        Which round, from 0.
    reports : sequence of Report
        Of all workers of all ranks.
    """
    if round >= session.run.plan.beginning.rounds:
        return reports
    losses = [each.loss / each.weight if each.weight else math.inf for each in reports]
    best = losses.index(min(losses))
    return [
        each if worker == best else each._replace(weight=0.0)
        for worker, each in enumerate(reports)
    ]
