"""The paper's tables beside ours, and the ones that it does not have."""

from __future__ import annotations

from fastavg.experiments import paper
from fastavg.experiments.protocol import Column, Protocol
from fastavg.experiments.results import Results
from fastavg.experiments.statistics import (
    LEVEL,
    Crossing,
    accuracy_at,
    crossing,
    projected_at,
    seconds_at,
    summarise,
)
from fastavg.reports.document import Table

NONE = "–"


def accuracy_table(protocol: Protocol, results: Results) -> Table:
    """Table 1: mean accuracy and standard deviation over the splits.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    """
    columns = protocol.columns
    header = ["Epochs", "Paper, sequential", "Paper, parallel"]
    header += [column.title for column in columns]
    rows = []
    for epochs in protocol.epochs:
        row = [str(epochs)]
        for workers in (1, 2):
            value = paper.accuracy(workers, epochs)
            row.append(NONE if value is None else f"{value:.2f}")
        for column in columns:
            found = accuracy_at(results.of(column, protocol), epochs)
            row.append(f"{found.mean:.2f} ± {found.deviation:.2f}")
        rows.append(row)
    return Table(tuple(header), rows, (
        f"Table 1. Mean accuracy on the test rows, per cent, over {protocol.splits} splits, "
        "± standard deviation. The paper gives one column for all its parallel runs."
    ))


def seconds_table(protocol: Protocol, results: Results) -> Table:
    """Table 2: seconds of a split, the paper's, measured, and with a core a worker.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    """
    columns = [column for column in protocol.columns if column.kind == "model"]
    header = ["Epochs", *(f"Paper, {column.title.lower()}" for column in columns)]
    header += [f"{column.title}, measured" for column in columns]
    header += [f"{column.title}, computed" for column in columns if column.workers > 1]
    rows = []
    for epochs in protocol.epochs:
        row = [str(epochs)]
        for column in columns:
            value = paper.seconds(column.workers, epochs)
            row.append(NONE if value is None else f"{value:.0f}")
        runs = [results.of(column, protocol) for column in columns]
        row += [f"{seconds_at(each, epochs).mean:.2f}" for each in runs]
        row += [f"{projected_at(each, epochs).mean:.2f}" for each in runs[1:]]
        rows.append(row)
    return Table(tuple(header), rows, (
        f"Table 2. Seconds, mean of a split. Measured: wall time on {cores(results)}, from the "
        "first process's start, without the time to measure accuracy. Computed: what the "
        "measured parts add up to with a core for each worker, the slowest worker of each "
        "round and then the averaging."
    ))


def cost_table(protocol: Protocol, results: Results) -> Table:
    """Where the seconds go: a worker's, averaging, handing out.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    """
    rows = []
    for column in protocol.columns:
        runs = results.of(column, protocol)
        rounds = len(runs[0].epochs)

        def each(name: str, runs: list = runs, rounds: int = rounds) -> str:  # type: ignore[type-arg]
            found = summarise([run.until(name, protocol.last) / rounds for run in runs])
            return f"{1000 * found.mean:.2f}"

        evaluations = summarise([run.evaluations / run.workers for run in runs]).mean
        rows.append([
            column.title, str(runs[0].processes), each("worker_seconds"),
            each("slowest_seconds"), each("averaging_seconds"), each("waiting_seconds"),
            f"{evaluations:.0f}",
        ])
    return Table(
        ("Column", "Processes", "A worker", "The slowest worker", "Averaging", "Waiting",
         "Evaluations a worker"),
        rows,
        "Milliseconds in a round of five epochs, mean over rounds and splits, and evaluations "
        "of the objective with its gradient in the whole run (for the symmetric start, "
        "mini-batches). Waiting is what wall time holds beside training and averaging: "
        "handing out tasks, and a process that has nothing left to do.",
    )


def crossing_table(protocol: Protocol, results: Results) -> Table:
    """Epochs and seconds until the mean accuracy reaches the level.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    """
    rows = []
    for column in protocol.columns:
        runs = results.of(column, protocol)
        found = crossing(runs)
        when = found.epochs
        rows.append([
            column.title, epochs_text(found),
            f"{found.mean:.0f} ± {found.mean_error:.0f}" if found.reached else NONE,
            f"{found.reached} of {found.splits}",
            NONE if when is None else f"{seconds_at(runs, when).mean:.2f}",
            NONE if when is None else f"{projected_at(runs, when).mean:.2f}",
        ])
    return Table(
        ("Column", f"Mean reaches {LEVEL:.0f} %", "A split reaches it", "Splits that do",
         "Seconds, measured", "Seconds, computed"),
        rows,
        f"Epochs until {LEVEL:.0f} % accuracy, ± standard error: for the mean over the splits "
        "(error by resampling the splits), and for each split alone; then the seconds that the "
        "mean needs, on the cores there are and with a core for each worker.",
    )


def epochs_text(found: Crossing) -> str:
    """Epochs with their error, or a dash.

    Parameters
    ----------
    found : Crossing
        When a level was reached.
    """
    if found.epochs is None:
        return NONE
    return f"{found.epochs:.0f}" + ("" if found.error is None else f" ± {found.error:.0f}")


def cores(results: Results) -> str:
    """The machine's cores, in words.

    Parameters
    ----------
    results : Results
        The runs that were made.
    """
    count = results.machine.get("cpus", 1)
    return f"{count} core" if count == 1 else f"{count} cores"


def parallel_columns(protocol: Protocol) -> list[Column]:
    """The columns whose workers' weights are averaged, two workers or more.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    """
    return [column for column in protocol.columns if column.kind == "model" and column.workers > 1]
