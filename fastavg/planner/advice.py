"""What follows from the costs: the table, the best choice, and where more of it no longer pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from fastavg.planner.cost_model import Costs, Layout, Work

# Periods that are compared with the plan's own.
PERIODS = (0.25, 1.0, 5.0)
# More workers pay if a pass takes less than this part of the time.
PAYS = 0.9
# A machine carries as many processors as leave each so much of the speed of one alone.
CARRIES = 0.5
MOST_PROCESSORS = 1024


class Row(NamedTuple):
    """A prediction.

    Attributes
    ----------
    layout : Layout
        Who trains, and how often they are averaged.
    seconds : float
        A pass over the rows.
    bytes : int
        Memory of all processes together.
    """

    layout: Layout
    seconds: float
    bytes: int


@dataclass(frozen=True)
class Advice:
    """What a run will take, and what is best.

    Parameters
    ----------
    rows : list of Row
        For every number of workers, processes and period.
    best : Row
        The fastest with the plan's period whose workers have enough steps, and the fewest
        workers of those that are nearly as fast.
    fastest : Row
        Whatever the steps.
    pays_up_to : int
        Workers beyond which twice as many bring less than a tenth.
    carries : int
        Processors of one machine up to which each one brings at least half as much as the
        first; beyond the machine's own an extrapolation.
    """

    rows: list[Row]
    best: Row
    fastest: Row
    pays_up_to: int
    carries: int


def advise(costs: Costs, work: Work, enough: int, cpus: int) -> Advice:
    """Compare layouts.

    Parameters
    ----------
    costs : Costs
        What was measured.
    work : Work
        What is to be trained.
    enough : int
        The most workers that still have enough steps
        (:func:`fastavg.plan.resolve.workers_for`).
    cpus : int
        Processors to use at most.

    Returns
    -------
    Advice
        With at least the plan's own period.
    """
    every = work.plan.average_every
    periods = list(dict.fromkeys((every, *PERIODS)))
    counts = [count for count in powers(max(4 * cpus, 8)) if count <= work.n_rows]
    rows = [
        predicted(costs, work, Layout(workers, processes, period))
        for workers in counts for processes in powers(cpus) if processes <= workers
        for period in periods
    ]
    own = [row for row in rows if row.layout.average_every == every]
    fastest = min(own, key=lambda row: row.seconds)
    fair = [row for row in own if row.layout.workers <= max(1, enough)]
    least = min(row.seconds for row in fair)
    near = [row for row in fair if PAYS * row.seconds <= least]
    best = min(near, key=lambda row: (row.layout.workers, row.seconds))
    return Advice(
        rows, best, fastest, _pays_up_to(costs, work, cpus), _carries(costs, work)
    )


def predicted(costs: Costs, work: Work, layout: Layout) -> Row:
    """The prediction for a layout.

    Parameters
    ----------
    costs : Costs
        What was measured.
    work : Work
        What is to be trained.
    layout : Layout
        Who trains.
    """
    return Row(layout, costs.seconds(work, layout), costs.bytes(work, layout))


def powers(most: int) -> list[int]:
    """The powers of two up to a number, and the number itself.

    Parameters
    ----------
    most : int
        At least 1.

    Examples
    --------
    >>> powers(6), powers(1)
    ([1, 2, 4, 6], [1])
    """
    found = [1]
    while found[-1] * 2 <= most:
        found.append(found[-1] * 2)
    return found if found[-1] == most else [*found, most]


def _alike(costs: Costs, work: Work, count: int, processes: int) -> float:
    layout = Layout(count, processes, work.plan.average_every)
    return costs.seconds(work, layout)


def _pays_up_to(costs: Costs, work: Work, cpus: int) -> int:
    count = 1
    while 2 * count <= work.n_rows:
        now = _alike(costs, work, count, min(count, cpus))
        if _alike(costs, work, 2 * count, min(2 * count, cpus)) > PAYS * now:
            break
        count *= 2
    return count


def _carries(costs: Costs, work: Work) -> int:
    alone, count = _alike(costs, work, 1, 1), 1
    while 2 * count <= min(MOST_PROCESSORS, work.n_rows):
        if alone / _alike(costs, work, 2 * count, 2 * count) < CARRIES * 2 * count:
            break
        count *= 2
    return count
