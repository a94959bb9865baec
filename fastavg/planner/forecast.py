"""From options to a forecast: read the rows, measure, compare."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fastavg.communicators import LocalCommunicator
from fastavg.data.prepare import Rows
from fastavg.machine.resources import usable_cpus
from fastavg.plan.profiles import Config, as_table, preset_name
from fastavg.plan.resolve import Facts, Resolved, layered, resolve, workers_for
from fastavg.planner.advice import Advice, advise
from fastavg.planner.cost_model import Costs, Work
from fastavg.planner.short_trainings import calibrate
from fastavg.runs.plain_training import data_options, facts_of
from fastavg.runs.run_data import open_run_rows
from fastavg.training.train import prepare_rows


class Forecast(NamedTuple):
    """What a run will take.

    Attributes
    ----------
    work : Work
        What is to be trained.
    costs : Costs
        What was measured.
    advice : Advice
        What follows.
    cpus : int
        Processors that were counted on.
    """

    work: Work
    costs: Costs
    advice: Advice
    cpus: int


def forecast(given: Config, preset: str | None = None) -> Forecast:
    """Predict seconds and memory of a run; trains for a few seconds to measure.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    preset : str, optional
        ``paper`` or ``shell``; ``shell`` if not given.

    Returns
    -------
    Forecast
        Of plain networks; the same options have other figures each time, for they are measured.

    Raises
    ------
    ConfigError, DataError
        If an option is wrong, or the data cannot be used.
    Diverged
        If a weight is not finite any more.

    Examples
    --------
    >>> made = forecast({"network": {"hidden": [8]}, "execution": {"processes": 1}})
    >>> made.advice.best.seconds > 0
    True
    """
    profiles = ("shell", *(() if preset in (None, "shell") else (preset_name(str(preset)),)))
    config, ranks = layered(given, *profiles), LocalCommunicator()
    options = data_options(config)
    rows = open_run_rows(ranks, options, config.get("dtype", "float32"))
    facts = facts_of(rows, ranks)
    resolved = resolve(given, facts, *profiles)
    return measured(
        resolved, rows, facts, as_table(config.get("execution")).get("processes")
    )


def measured(
    resolved: Resolved, rows: Rows, facts: Facts, processes: int | None = None
) -> Forecast:
    """The forecast for rows that have been read.

    Parameters
    ----------
    resolved : Resolved
        The plan and the network.
    rows : Rows
        Training rows, scaled.
    facts : Facts
        What is known of them.
    processes : int, optional
        Processors to count on; the usable ones if not given.

    Raises
    ------
    Diverged
        If a weight is not finite any more.
    """
    if resolved.network.output != "identity":
        rows = rows.unscaled()
    ready, _ = prepare_rows(
        resolved.network, resolved.plan, rows.X, rows.scaled(rows.y), rows.weights
    )
    work = Work(
        resolved.network, resolved.plan, len(ready),
        sum(int(np.asarray(each).nbytes) for each in ready.arrays), ready.Y, ready,
    )
    cpus = processes or usable_cpus()
    costs = calibrate(work, ready, cpus)
    enough = workers_for(facts._replace(cpus=cpus), resolved.plan.batch_size, resolved.plan.epochs)
    return Forecast(work, costs, advise(costs, work, enough, cpus), cpus)
