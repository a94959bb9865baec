"""Is the paper reproduced? Its statements as checks on the results."""

from __future__ import annotations

from typing import NamedTuple

from fastavg.experiments import paper
from fastavg.experiments.protocol import Column, Protocol
from fastavg.experiments.results import Results
from fastavg.experiments.statistics import LEVEL, accuracy_at, crossing
from fastavg.experiments.tables import epochs_text, parallel_columns

NEAR = 1.5
BEHIND = 1.0


class Check(NamedTuple):
    """A statement, what was found, and whether it holds.

    Parameters
    ----------
    statement : str
        What the paper says.
    found : str
        What these results say.
    holds : bool
        True if they agree.
    """

    statement: str
    found: str
    holds: bool


def all_checks(protocol: Protocol, results: Results) -> list[Check]:
    """Every statement that these results can decide.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    """
    sequential, parallel = protocol.columns[0], parallel_columns(protocol)
    checks: list[Check] = []
    for column in (sequential, *parallel):
        # Before 200 epochs the paper's own parallel runs have not settled, nor have ours.
        for epochs in protocol.epochs:
            theirs = paper.accuracy(column.workers, epochs)
            if theirs is None or epochs < (250 if column == sequential else 200):
                continue
            ours = accuracy_at(results.of(column, protocol), epochs).mean
            checks.append(Check(
                f"{column.title}, {epochs} epochs: within {NEAR} points of the paper's "
                f"{theirs:.2f} %, or above", f"{ours:.2f} %", ours >= theirs - NEAR,
            ))
    for epochs in protocol.epochs:
        means = {c: accuracy_at(results.of(c, protocol), epochs).mean for c in parallel}
        best = max(means, key=lambda column: means[column])
        ours = accuracy_at(results.of(sequential, protocol), epochs).mean
        checks.append(Check(
            f"{epochs} epochs: the best parallel mean is at most {BEHIND:.0f} point behind the "
            "sequential one", f"{best.title} {means[best]:.2f} %, sequential {ours:.2f} %",
            means[best] >= ours - BEHIND,
        ))
    return [*checks, fewer_epochs(protocol, results)]


def fewer_epochs(protocol: Protocol, results: Results) -> Check:
    """The paper's claim: in parallel it converges in no more epochs.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    """
    column = fastest(protocol, results)
    alone = crossing(results.of(protocol.columns[0], protocol))
    ours = crossing(results.of(column, protocol))
    late = float("inf")
    return Check(
        f"The best worker count reaches {LEVEL:.0f} % in no more epochs than the sequential run",
        f"{column.title} {epochs_text(ours)}, sequential {epochs_text(alone)}",
        ours.epochs is not None and ours.epochs <= (alone.epochs or late),
    )


def fastest(protocol: Protocol, results: Results) -> Column:
    """The worker count whose mean accuracy reaches the level first.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    """
    late = float("inf")

    def when(column: Column) -> float:
        reached = crossing(results.of(column, protocol)).epochs
        return late if reached is None else reached

    return min(parallel_columns(protocol), key=when)
