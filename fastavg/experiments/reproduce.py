"""The whole experiment: every column on every split, then tables, figures and report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastavg.errors import ConfigError
from fastavg.experiments.digits import Digits
from fastavg.experiments.measure import measure
from fastavg.experiments.protocol import Column, Protocol
from fastavg.experiments.results import FILE, Results, machine, open_results
from fastavg.machine.destination import check_file, check_folder
from fastavg.training.observers.events import Observer, RoundFinished


@dataclass(frozen=True)
class Progress:
    """How far the experiment is: of all work, and which run is on.

    Parameters
    ----------
    column : Column
        One way to train.
    split : int
        The split's number, from 0; seeds rows, start and samples.
    run : int
        Number of the run, from 0.
    runs : int
        Runs in all.
    epoch : float
        Local epochs of this run so far.
    share : float
        Part of the whole work that is done, 0 to 1.
    fresh : float
        Part of the whole work that was done since the start, as against found in the folder.
    """

    column: Column
    split: int
    run: int
    runs: int
    epoch: float
    share: float
    fresh: float


# What :mod:`fastavg.experiments.report` writes beside the results.
REPORTS = ("report.md", "report.html")
Tell = Callable[[Progress], None]


def run_all(
    protocol: Protocol, digits: Digits, folder: Path, processes: int | None = None,
    tell: Tell | None = None,
) -> Results:
    """Make all runs that are not in the folder yet; each is on disk once it is complete.

    Parameters
    ----------
    protocol, digits
        Columns, splits and epochs of the experiment.
    folder : Path
        Where ``results.json`` is, or will be.
    processes : int, optional
        At most this many; the usable CPUs if not given.
    tell : callable, optional
        Takes a :class:`Progress` after every average.

    Raises
    ------
    ConfigError
        If ``processes`` is impossible, the folder cannot be written to, or it holds runs with
        other settings.
    """
    if processes is not None and processes < 1:
        raise ConfigError(f"processes is {processes}; it must be a whole number of at least 1")
    check_folder(folder, "report")
    folder.mkdir(parents=True, exist_ok=True)
    for name in (FILE, *REPORTS):
        check_file(folder / name, "report")
    results = open_results(folder, protocol, digits)
    # Split by split, so that an early look at the results shows all columns.
    plan = [(column, split) for split in range(protocol.splits) for column in protocol.columns]
    whole = sum(_work(column) for column, _ in plan)
    done = sum(_work(column) for column, split in plan if results.get(column, split))
    found = done
    for number, (column, split) in enumerate(plan):
        if results.get(column, split):
            continue
        watch = _Watch(tell, protocol, column, split, number, len(plan), done, found, whole)
        results.add(measure(protocol, column, split, digits, processes, (watch,)))
        results.machine = machine()
        results.save(folder)
        done += _work(column)
    return results


def _work(column: Column) -> float:
    # A guess at the seconds of a run, for the time left: one for each worker's descent.
    return {"model": 1.0, "derivative": 1.5, "symmetric": 0.5}[column.kind] * column.workers


@dataclass(frozen=True)
class _Watch(Observer):
    """Turns rounds into progress."""

    tell: Tell | None
    protocol: Protocol
    column: Column
    split: int
    number: int
    runs: int
    done: float
    found: float
    whole: float

    def on_round(self, event: RoundFinished) -> None:
        if self.tell is None:
            return
        done = self.done + _work(self.column) * event.epoch / self.protocol.last
        self.tell(Progress(
            self.column, self.split, self.number, self.runs, event.epoch, done / self.whole,
            (done - self.found) / self.whole,
        ))
