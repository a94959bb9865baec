"""Orders of a run one by one, where a round is no single list of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fastavg.communicators.contract import Communicator
from fastavg.training.programs import Order, Report
from fastavg.training.stopwatch import Stopwatch

if TYPE_CHECKING:
    from fastavg.training.team.team import Team


def next_report(team: Team, watch: Stopwatch, processes: int) -> tuple[Order, Report]:
    """The next order of this rank that is done; waits for it.

    Parameters
    ----------
    team : Team
        Has orders that were submitted.
    watch : Stopwatch
        Counts the seconds.
    processes : int
        Of the team.
    """
    began = time.perf_counter()
    order, report = team.next()
    watch.add(time.perf_counter() - began, [report], processes)
    return order, report


def gather(reports: Sequence[Report], workers: int, communicator: Communicator) -> list[Report]:
    """The reports of all ranks, in worker order; a collective.

    Parameters
    ----------
    reports : sequence of Report
        One of every worker of this rank.
    workers : int
        Workers of all ranks.
    communicator : Communicator
        Between ranks.
    """
    # Each rank fills in its own workers' figures and zeros elsewhere, so the sum between
    # ranks adds nothing to anything but zero and is exact.
    table = np.zeros((workers, len(Report._fields)))
    for report in reports:
        table[report.worker] = report
    communicator.allreduce(table.reshape(-1))
    return [Report._make(row) for row in table.tolist()]
