"""The measurement: a few short trainings of the work itself, a few seconds in all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import ClassVar, NamedTuple

import psutil

from fastavg.communicators import LocalCommunicator
from fastavg.data.rows import Rows
from fastavg.machine.resources import usable_cpus
from fastavg.plan.execution import Execution
from fastavg.plan.stopping_rule import Stopping
from fastavg.planner.cost_model import Costs, Layout, Measured, Rates, Work, fit_rates
from fastavg.training.observers.events import RoundFinished
from fastavg.training.observers.history import History, RoundRecord
from fastavg.training.run import Run
from fastavg.training.train import train_run

# Seconds of a measured training, and of the one before it that says how long it must be.
LONG, SHORT = 0.35, 0.05
# Rounds of a measured training: some after the first one, which is cold, and no more than
# round by round take about as long.
ROUNDS, MOST_ROUNDS = 5, 1500
# Steps of a long round at least, where a step is most of what there is time for: beside short
# rounds, it tells what rows cost from what rounds cost.
LEAST_PERIOD = 4
# A first guess: floating-point operations a second of one processor, and seconds of a row.
GUESS, LEAST = 2e10, 2e-6
# Trainings of each layout, of which the fastest counts: others' work on the machine makes none
# faster.
REPEATS = 3
# The period of a layout that shows what rounds cost is divided by this.
SHORTER = 8
# Part of the rounds that goes before what is measured.
WARM = 0.2


@dataclass
class _Meter(History):
    """Remembers rounds, and the memory of the other processes in the last one."""

    weights_at: ClassVar[str] = "block"
    child_bytes: list[int] = field(default_factory=list)

    def on_round(self, event: RoundFinished) -> None:
        super().on_round(event)
        if event.last:
            self.child_bytes = [
                int(child.memory_full_info().uss)
                for child in psutil.Process().children(recursive=True)
            ]


class Timed(NamedTuple):
    """What a short training has shown.

    Attributes
    ----------
    measured : Measured
        Seconds a pass, with the period that was used.
    start_seconds : float
        What the training took beyond its passes: from the call to the first round, what the
        first rounds took longer than later ones, and from the last one to the end.
    child_bytes : list of int
        Memory of each other process.
    """

    measured: Measured
    start_seconds: float
    child_bytes: list[int]


def calibrate(work: Work, rows: Rows, cpus: int | None = None) -> Costs:
    """Measure what the parts of a pass cost on this machine.

    Parameters
    ----------
    work : Work
        What is to be trained.
    rows : Rows
        The training rows.
    cpus : int, optional
        Processors to count on; the usable ones if not given.

    Returns
    -------
    Costs
        With one process, and with one for each processor.

    Raises
    ------
    Diverged
        If a weight is not finite any more.
    """
    own = max(0, int(psutil.Process().memory_info().rss) - work.row_bytes)
    every = work.plan.average_every
    # The first training also loads or compiles what all need; the second says how long a row
    # takes, which for small networks is far from what its operations would.
    row = max(work.network.flops_per_row / GUESS, LEAST)
    for _ in range(2):
        pace = time_training(work, rows, Layout(1, 1, every), row, SHORT).measured
        row = pace.seconds / work.counts(pace.layout)[0]
    counts = sorted({1, cpus or usable_cpus()})
    timed = _timed(work, rows, row, counts)
    rates: dict[int, Rates] = {}
    for processes in counts:
        # A row never costs less because others are trained on at the same time.
        rates[processes] = fit_rates(
            work, [
                min((one.measured for one in each), key=lambda one: one.seconds)
                for (of, *_), each in timed.items() if of == processes
            ],
            rates[1].row if rates else 0.0,
        )
    starts = {
        processes: median(
            one.start_seconds for (of, *_), each in timed.items() if of == processes for one in each
        )
        for processes in counts
    }
    last = [each[-1] for each in timed.values()]
    child = max((size for each in last for size in each.child_bytes), default=0)
    process_bytes = max(0, child - work.workspace_bytes())
    return Costs(rates, starts, own, process_bytes)


def _timed(
    work: Work, rows: Rows, row: float, counts: Sequence[int]
) -> dict[tuple[int, int, int], list[Timed]]:
    """Several trainings of every layout, each one between those of the others.

    A moment in which the machine has something else to do meets one training of a layout, not
    all of them.
    """
    wanted = [
        (processes, workers, part) for processes in counts
        for workers, part in layouts_to_time(processes, work.n_rows)
    ]
    timed: dict[tuple[int, int, int], list[Timed]] = {each: [] for each in wanted}
    for _ in range(REPEATS):
        for processes, workers, part in wanted:
            layout = Layout(workers, processes, work.plan.average_every)
            timed[processes, workers, part].append(
                time_training(work, rows, layout, row, LONG, part)
            )
    return timed


def layouts_to_time(processes: int, n_rows: int) -> list[tuple[int, int]]:
    """The layouts that tell rows, rounds and workers of a round apart.

    Parameters
    ----------
    processes : int
        That train.
    n_rows : int
        Training rows, at least one for each worker.

    Returns
    -------
    list of tuple of int
        Workers, and the number by which the period between averages is divided.

    Examples
    --------
    >>> layouts_to_time(1, 1000), layouts_to_time(4, 1000), layouts_to_time(4, 6)
    ([(1, 1), (2, 8), (8, 8)], [(4, 1), (4, 8), (16, 8)], [(4, 1), (4, 8)])
    """
    if processes == 1:
        wanted = [(1, 1), (2, SHORTER), (8, SHORTER)]
    else:
        wanted = [(processes, 1), (processes, SHORTER), (4 * processes, SHORTER)]
    return [each for each in wanted if each[0] <= n_rows] or [(1, 1)]


def time_training(
    work: Work, rows: Rows, layout: Layout, row: float, seconds: float = LONG, part: int = 1
) -> Timed:
    """Train for about so long, and see what a pass takes.

    Parameters
    ----------
    work : Work
        What is trained.
    rows : Rows
        The training rows.
    layout : Layout
        Who trains; the period is changed so that there are enough rounds to measure.
    row : float
        Seconds a row, as far as is known.
    seconds : float, default LONG
        How long.
    part : int, default 1
        The period is divided by it.

    Returns
    -------
    Timed
        Seconds a pass, and the period that was used.
    """
    plan = work.plan_of(layout)
    sampler = plan.sampler(work.n_rows, work.Y)
    steps = round(seconds / (row * work.counts(layout)[0]) * sampler.steps_per_epoch)
    period = min(int(plan.bounds(sampler, 0, 1)[-1]), steps // ROUNDS)
    period = max(1, max(LEAST_PERIOD, period) // part)
    steps = max(steps, ROUNDS * period)
    if layout.workers > 1:
        steps = min(steps, MOST_ROUNDS * period)
    layout = layout._replace(average_every=f"{period} steps")
    plan = replace(
        work.plan_of(layout), epochs=steps / sampler.steps_per_epoch, stopping=Stopping(),
    )
    start = work.network.initial_weights(plan.seed, plan.init, plan.numpy_dtype)
    meter = _Meter()
    began = time.perf_counter()
    train_run(
        Run(work.network, plan, rows, start),
        Execution(layout.processes, LocalCommunicator(), observers=(meter,)),
    )
    whole = time.perf_counter() - began
    pass_seconds = seconds_of_pass(meter.records)
    # First rounds wait for processes that are starting, and meet memory that nobody has touched:
    # a cost of the run, however many passes follow.
    start_seconds = max(0.0, whole - pass_seconds * meter.records[-1].epoch)
    return Timed(Measured(layout, pass_seconds), start_seconds, meter.child_bytes)


def seconds_of_pass(records: Sequence[RoundRecord]) -> float:
    """What a pass over the rows took, once a run was warm.

    Parameters
    ----------
    records : sequence of RoundRecord
        All rounds of a run.
    """
    cold = int(WARM * len(records))
    before = records[cold - 1].epoch if cold else 0.0
    return sum(map(seconds_of_round, records[cold:])) / (records[-1].epoch - before)


def seconds_of_round(record: RoundRecord) -> float:
    """What a round took from its beginning to its end.

    Parameters
    ----------
    record : RoundRecord
        Of a history.
    """
    return record.training_seconds + record.averaging_seconds + record.waiting_seconds
