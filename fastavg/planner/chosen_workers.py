"""The number of workers that ``auto`` asks for: measured once, said, and written down.

A measurement has other figures each time, so the choice is made before training and is a plain
number from then on: the options that a run keeps have it, and repeat the run to the same bits.
"""

from __future__ import annotations

from typing import NamedTuple

from fastavg.data.prepare import Rows
from fastavg.errors import ConfigError
from fastavg.plan.profiles import Config
from fastavg.plan.resolve import Facts, resolve
from fastavg.planner.forecast import Forecast, measured


class Chosen(NamedTuple):
    """What was chosen, and why.

    Attributes
    ----------
    given : dict
        The options that were asked for, with the number in the place of ``auto``.
    reason : str
        A sentence for a person.
    """

    given: Config
    reason: str


def choose_workers(
    given: Config, rows: Rows, facts: Facts, *profiles: str, processes: int | None = None
) -> Chosen:
    """Measure what a pass takes, and choose the workers; trains for a few seconds.

    Chosen are the fewest workers whose pass is within a tenth of the fastest, of those that each
    have 4,000 steps or more, since fewer cost quality.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    rows : Rows
        Training rows, scaled.
    facts : Facts
        What is known of them.
    *profiles : str
        Names of profiles; later ones win over earlier ones.
    processes : int, optional
        Processors to count on; the usable ones if not given.

    Returns
    -------
    Chosen
        Options with a number of workers.

    Raises
    ------
    ConfigError
        If several ranks train together: one machine alone is measured.
    Diverged
        If a weight is not finite any more.
    """
    if facts.ranks > 1:
        raise ConfigError(
            f"workers is auto, which measures one machine, and there are {facts.ranks} ranks; "
            "name a number, or leave it out"
        )
    made = measured(resolve(given, facts, *profiles), rows, facts, processes)
    workers = made.advice.best.layout.workers
    return Chosen({**given, "workers": workers}, reason_of(made))


def reason_of(made: Forecast) -> str:
    """Why so many workers are best, in a sentence.

    Parameters
    ----------
    made : Forecast
        What was measured.
    """
    best = made.advice.best
    alone = next(row for row in made.advice.rows if row.layout.workers == 1)
    said = f"workers are {best.layout.workers}: measured {best.seconds:.3g} s a pass"
    if best.layout.workers > 1:
        said += f" with {best.layout.processes} processes, {alone.seconds:.3g} s with 1 worker"
    elif made.advice.fastest.layout.workers > 1:
        fastest = made.advice.fastest
        said += (
            f"; {fastest.layout.workers} would take {fastest.seconds:.3g} s, which gains little "
            "or leaves each fewer than 4,000 steps"
        )
    return f"{said} (--workers {best.layout.workers} makes the same weights again)"
