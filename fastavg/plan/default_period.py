"""How often workers are averaged unless it is said: what ``auto`` means as a period."""

from __future__ import annotations

import math

from fastavg.options import is_number
from fastavg.plan.algorithm import local_sgd
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import Config, as_table
from fastavg.solvers import SOLVERS

# Epochs between averages where nothing is lost by it, and steps where several workers train by
# themselves (docs/measured/averaging.md); but not more averages than this in an epoch.
SELDOM, OFTEN, MOST_AVERAGES = 0.25, 4, 1000
# Optimizers that are averaged after a few steps.
STEPWISE = (
    "sgd", "adam", "adamw", "nadam", "rmsprop", "adagrad", "schedule-free-sgd",
    "schedule-free-adamw",
)
# Options that say of averages what was not measured with those after a few steps.
OF_AVERAGES = {
    "averaging", "period", "solver_state", "gain", "beginning", "sampling", "augment",
    "pretraining",
}


def period_for(given: Config, config: Config, n_rows: int) -> float | str:
    """Epochs between averages, or steps: a few, if several workers train by themselves.

    Parameters
    ----------
    given : dict
        Options that were asked for.
    config : dict
        All options, with algorithm and solver.
    n_rows : int
        Training rows.

    Examples
    --------
    >>> config = {
    ...     "workers": 8, "batch_size": 32, "algorithm": local_sgd(), "solver": "adam",
    ... }
    >>> period_for({}, config, 50_000), period_for({}, {**config, "workers": 1}, 50_000)
    ('4 steps', 0.25)
    >>> period_for({"averaging": "diloco"}, config, 50_000)
    0.25
    >>> period_for({}, config, 10_000_000)
    '40 steps'
    """
    if not _averages_often(given, config):
        return SELDOM
    steps = n_rows / (config.get("workers", 1) * config.get("batch_size", Plan.batch_size))
    return f"{max(OFTEN, math.ceil(steps / MOST_AVERAGES))} steps"


def part_of_epoch_for(given: Config, config: Config, n_rows: int) -> float:
    """Epochs between averages, where each epoch is to end with one: a few steps, or one epoch.

    Parameters
    ----------
    given : dict
        Options that were asked for.
    config : dict
        All options, with algorithm and solver.
    n_rows : int
        Training rows.

    Examples
    --------
    >>> config = {
    ...     "workers": 8, "batch_size": 25, "algorithm": local_sgd(), "solver": "adam",
    ... }
    >>> part_of_epoch_for({}, config, 60_000) == 1 / 75
    True
    >>> part_of_epoch_for({}, config, 800), part_of_epoch_for({"averaging": "bmuf"}, config, 60_000)
    (1.0, 1.0)
    """
    if not _averages_often(given, config):
        return 1.0
    steps = math.ceil(n_rows / (config["workers"] * config["batch_size"]))
    rounds: int = min(math.ceil(steps / OFTEN), MOST_AVERAGES)
    return 1 / rounds


def _averages_often(given: Config, config: Config) -> bool:
    workers, batch = config.get("workers", 1), config.get("batch_size", Plan.batch_size)
    if not (is_number(workers) and is_number(batch)) or workers < 2 or batch < 1:
        return False
    solver = as_table(config["solver"]).get("name")
    kind = SOLVERS.kind(solver) if isinstance(solver, str) else type(solver)
    alone = config["algorithm"] == local_sgd()
    return alone and kind in map(SOLVERS.kind, STEPWISE) and not given.keys() & OF_AVERAGES
