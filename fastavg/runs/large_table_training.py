"""Networks for a table that stays in its files, as the options of a run describe them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fastavg.data.column_plan import load_columns
from fastavg.data.large_tables.large_table import Chosen, LargeTable, open_large_table
from fastavg.errors import ConfigError
from fastavg.estimators.tabular.large_fit import fit_large_table
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.estimators.tabular.threshold import best_threshold
from fastavg.machine.resources import usable_cpus
from fastavg.models.tabular_model import TabularModel
from fastavg.plan.execution import Execution
from fastavg.plan.inputs import DataOptions
from fastavg.plan.profiles import Config
from fastavg.plan.table_options import TableOptions
from fastavg.runs.network_kind import CHECKPOINTS
from fastavg.runs.place_of_rows import WHOLE
from fastavg.runs.table_training import recipe_from
from fastavg.training.observers.events import Observer


def open_table_of_run(data: DataOptions, options: TableOptions) -> LargeTable:
    """Read a table once, in bounded memory, as the options of a run say.

    Parameters
    ----------
    data : DataOptions
        Files, target, and the part that tests.
    options : TableOptions
        What single columns are for.

    Raises
    ------
    ConfigError
        If an option needs all rows in memory; names it.
    DataError
        If a file or a column cannot be used.
    """
    for name, flag in WHOLE.items():
        if getattr(options, name) is not None:
            raise ConfigError(
                f"{flag} needs all rows in memory, and data.rows_from is disk; leave one of them "
                "out"
            )
    assert data.file is not None
    return open_large_table(data.file, data.target, data.kind, data.test_size, Chosen(
        data.weights, options.id, tuple(options.categorical), tuple(options.ignore),
        tuple(options.features),
        None if options.columns is None else load_columns(options.columns),
    ))


def recipe_of_run(given: Config, options: TableOptions, kind: str) -> Recipe:
    """How the networks are made.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    options : TableOptions
        Effort and members.
    kind : str
        Of the target: ``class`` or ``number``.

    Raises
    ------
    ConfigError
        If layers are to be chosen by the rows.
    """
    if given.get("network", {}).get("hidden") == "auto":
        raise ConfigError(
            "hidden is auto, and data.rows_from is disk; give numbers such as 128,128"
        )
    given = {**given, "workers": 1} if given.get("workers") == "auto" else given
    recipe, scale = recipe_from(given, options, kind), given.get("data", {}).get("scale", "auto")
    if scale == "auto":
        return recipe
    return replace(recipe, encoding=replace(recipe.encoding, scale=scale))


def fit_on_disk(
    given: Config, table: LargeTable, recipe: Recipe, observers: Sequence[Observer] = ()
) -> TabularModel:
    """Train the networks of a large table.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    table : LargeTable
        An opened table.
    recipe : Recipe
        How the networks are made.
    observers : sequence of Observer
        Told of every network's epochs.

    Raises
    ------
    DataError, ConfigError
        If the rows cannot be used.
    """
    own = given.get("execution", {})
    kept = {name: own[name] for name in CHECKPOINTS if name in own}
    execution = Execution(own.get("processes"), observers=tuple(observers), **kept)
    execution = replace(execution, processes=execution.processes or usable_cpus())
    fitted = fit_large_table(table, recipe, given.get("seed", 0), execution)
    threshold = given.get("table", {}).get("threshold")
    if threshold is None:
        return fitted.model
    if isinstance(threshold, str):
        z = fitted.held_out / fitted.model.temperature
        chances = 1 / (1 + np.exp(z[:, 0] - z[:, 1]))
        threshold = best_threshold(threshold, chances, fitted.targets.astype(np.int64))
    return replace(fitted.model, threshold=float(threshold))
