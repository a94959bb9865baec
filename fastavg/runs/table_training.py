"""Networks for a table, as the options of a run describe them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from fastavg.data.column_plan import ColumnPlan, load_columns, plan_columns
from fastavg.data.table_rows import TableRows
from fastavg.errors import ConfigError
from fastavg.estimators.tabular.recipe import Recipe, recipe_of
from fastavg.estimators.tabular.tabular_classifier import TabularClassifier
from fastavg.estimators.tabular.tabular_regressor import TabularRegressor
from fastavg.models.tabular_model import TabularModel
from fastavg.plan.configuration import options_of
from fastavg.plan.hidden_layers import hidden_for
from fastavg.plan.inputs import NetworkOptions
from fastavg.plan.profiles import Config, as_table, merged
from fastavg.plan.table_options import TableOptions
from fastavg.runs.network_kind import CHECKPOINTS, KNOWN
from fastavg.runs.run_figures import answers_of, figures_of
from fastavg.training.observers.events import Observer


class Fit(NamedTuple):
    """What is trained on a table.

    Attributes
    ----------
    recipe : Recipe
        How.
    columns : ColumnPlan
        What every column is.
    rows : TableRows
        Training and test rows.
    target : str
        The column that is predicted.
    """

    recipe: Recipe
    columns: ColumnPlan
    rows: TableRows
    target: str


def fit(
    given: Config, what: Fit, observers: Sequence[Observer] | None = None
) -> tuple[TabularModel, float]:
    """Train the networks of a table.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    what : Fit
        Recipe, columns and rows.
    observers : sequence of Observer, optional
        Told of every network's epochs; without them no checkpoints are kept either.

    Returns
    -------
    tuple of TabularModel and float
        The model, and the seconds that it took.
    """
    rows, scale = what.rows, given.get("data", {}).get("scale", "auto")
    execution, began = given.get("execution", {}), time.perf_counter()
    kept = {} if observers is None else {
        "observers": observers,
        **{name: execution[name] for name in CHECKPOINTS if name in execution},
    }
    kind: type[TabularClassifier | TabularRegressor]
    kind = TabularClassifier if rows.kind == "class" else TabularRegressor
    made = kind(
        recipe=what.recipe, columns=what.columns, scale=None if scale == "auto" else scale,
        processes=execution.get("processes"), random_state=given.get("seed", 0), **kept,
    )
    made.fit(rows.train, rows.y, rows.weights, rows.groups)
    threshold = given.get("table", {}).get("threshold")
    if threshold is not None and isinstance(made, TabularClassifier):
        made.choose_threshold(threshold)
    return replace(made.model_, target_name=what.target), time.perf_counter() - began


def cross_validated(given: Config, options: TableOptions, part: TableRows) -> dict[str, float]:
    """The figures of one part of a cross-validation.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    options : TableOptions
        Those of tables.
    part : TableRows
        The rows that train a model of their own, and those that test it.
    """
    what = Fit(recipe_from(given, options, part.kind), columns_of(part, options), part, "")
    model, _ = fit(given, what)
    return figures_of(answers_of(model, part.test, part.y_test), part.y)


def columns_of(rows: TableRows, options: TableOptions) -> ColumnPlan:
    """What the columns are: said by a file, or found out from the training rows.

    Parameters
    ----------
    rows : TableRows
        Training and test rows.
    options : TableOptions
        The file, or the columns to use, to leave out, and to take for categories.
    """
    if options.columns is not None:
        return load_columns(options.columns)
    return plan_columns(
        rows.train, options.categorical, options.ignore, options.features or None
    )


def settled(given: Config, options: TableOptions, rows: TableRows) -> Config:
    """The options of a run with what ``auto`` stands for.

    Networks for tables are trained side by side, so that each has one worker.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    options : TableOptions
        Those of tables.
    rows : TableRows
        Training and test rows.

    Returns
    -------
    dict
        The same where nothing is ``auto``.

    Raises
    ------
    ConfigError
        If the learning rate is ``auto``.
    """
    if as_table(given.get("solver")).get("learning_rate") == "auto":
        raise ConfigError(
            "learning_rate is auto, but only plain networks have a range test; name a number, or "
            "let fastavg tune search for one"
        )
    if given.get("workers") == "auto":
        given = {**given, "workers": 1}
    if given.get("network", {}).get("hidden") != "auto":
        return given
    columns = sum(each.used for each in columns_of(rows, options).columns)
    outputs = len(np.unique(rows.y)) if rows.kind == "class" else 1
    return merged(given, {"network": {
        "hidden": list(hidden_for(len(rows.train), columns, outputs)),
    }})


def recipe_from(given: Config, options: TableOptions, kind: str) -> Recipe:
    """The recipe of the effort, with what was given in its place.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    options : TableOptions
        Effort and members.
    kind : str
        Of the target: ``class`` or ``number``.
    """
    made = recipe_of(options.effort, kind)
    layers = NetworkOptions(**given.get("network", {}))
    if not isinstance(layers.activation, str):
        raise ConfigError("activation is a list; networks for tables have the same in all layers")
    if options.quantiles and kind == "class":
        raise ConfigError("quantiles are of numbers, and the target is classes; --kind number")
    changes: dict[str, Any] = {
        "hidden_layer_sizes": layers.hidden if "hidden" in given.get("network", {}) else None,
        "activation": layers.activation,
        "max_epochs": given.get("epochs"), "batch_size": given.get("batch_size"),
        "workers": given.get("workers"), "members": options.members,
        "quantiles": tuple(options.quantiles) or None, "embedding": options.embedding,
        "submodels": options.submodels, "scaling": options.scaling,
        "data_start": options.data_start,
        "solver": replace(made.solver, **given.get("solver", {})),
        "regularization": replace(made.regularization, **given.get("regularization", {})),
    }
    return replace(made, **{name: value for name, value in changes.items() if value is not None})


def config_of(given: Config, recipe: Recipe, kind: str, n_rows: int) -> Config:
    """The options of a run, as a file for ``--config`` has them.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    recipe : Recipe
        What they have come to.
    kind : str
        Of the target: ``class`` or ``number``.
    n_rows : int
        Training rows.
    """
    return merged({
        "seed": 0, "workers": recipe.workers, "epochs": recipe.max_epochs,
        "batch_size": recipe.rows_of_step(n_rows * (recipe.folds - 1) // recipe.folds),
        "network": {
            "hidden": list(recipe.hidden_layer_sizes), "activation": recipe.activation,
        },
        "solver": _known("solver", recipe.solver),
        "regularization": _known("regularization", recipe.regularization),
        "data": {"kind": kind},
        "table": {
            "members": recipe.members, "embedding": recipe.embedding,
            "submodels": recipe.submodels, "scaling": recipe.scaling,
            "data_start": recipe.data_start,
        },
    }, given)


def _known(section: str, component: Any) -> Config:
    """The options of a component that networks for tables have."""
    return {
        name: value for name, value in options_of(component).items()
        if name in (KNOWN[section] or ())
    }
