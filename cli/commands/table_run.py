"""What ``fastavg train`` does with a table of named columns."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fastavg import ConfigError, DataError, TabularClassifier, TabularRegressor
from fastavg.data.column_plan import ColumnPlan, load_columns, plan_columns
from fastavg.data.frame import Frame
from fastavg.data.readers.by_suffix import expand, read
from fastavg.data.readers.suffixes import Request, has_named_columns
from fastavg.data.table_rows import TableRows, Uses, find_target, table_rows
from fastavg.estimators.tabular.recipe import Recipe, recipe_of
from fastavg.plan.inputs import DataOptions, NetworkOptions
from fastavg.plan.profiles import Config, merged
from fastavg.plan.table_options import TableOptions

from ..terminal.table_summary import TableSummary
from .destinations import check_destinations, save_model
from .report import Report

# Options that networks for tables have; with any other one, a plain network is trained.
KNOWN = {
    "data": {"file", "target", "kind", "test_size", "scale"}, "table": None,
    "network": {"hidden", "activation"}, "seed": None, "workers": None, "epochs": None,
    "batch_size": None, "solver": {"learning_rate", "beta_2"},
    "regularization": {"l2", "dropout"}, "execution": {"processes", "communicator"},
}


def is_table(given: Config, preset: str | None) -> bool:
    """True if networks for tables are to be trained.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    preset : str or None
        The preset that was asked for.
    """
    if preset is not None:
        return preset == "tabular"
    path = given.get("data", {}).get("file")
    if path is None or not has_named_columns(expand(path)[0]):
        return False
    return not unknown_options(given)


def unknown_options(given: Config) -> list[str]:
    """The given options that networks for tables do not have.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    """
    found = []
    for name, value in given.items():
        inner = KNOWN.get(name, set())
        if inner is None:
            continue
        parts = value if isinstance(value, dict) else {"name": value}
        found += [f"{name}.{part}" for part in parts if part not in inner]
    return found


def run_table(given: Config, report: Report, shown: str = "") -> None:
    """Read, plan the columns, train, test, save, report.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    report : Report
        What is said, and where the model goes.
    shown : str
        ``columns`` or ``config`` to write these, and not to train.
    """
    if unknown := unknown_options(given):
        raise ConfigError(f"{unknown[0]} is no option of --preset tabular; another preset has it")
    data = DataOptions(**given.get("data", {}))
    options = TableOptions(**given.get("table", {}))
    if data.file is None:
        raise ConfigError("--preset tabular needs a data file with named columns")
    check_destinations(report.output, (data.file, options.test, options.columns))
    frame = open_frame(data.file, options)
    uses = Uses(find_target(frame, data.target), options.weights, options.group, options.id)
    for name in uses:
        if name is not None:
            frame.require(name)
    other = None if options.test is None else open_frame(options.test, options)
    rows = table_rows(frame, uses, data.kind, data.test_size, other)
    columns = columns_of(rows, options)
    recipe = recipe_from(given, options, rows)
    if shown:
        report.text(columns.as_toml() if shown == "columns" else config_of(given, recipe, rows))
        return
    summary = TableSummary(report, frame, uses.target, rows)
    summary.begin(columns)
    began = time.perf_counter()
    kind = TabularClassifier if rows.kind == "class" else TabularRegressor
    made = kind(
        recipe=recipe, columns=columns, scale=None if data.scale == "auto" else data.scale,
        processes=given.get("execution", {}).get("processes"), random_state=given.get("seed", 0),
    )
    made.fit(rows.train, rows.y, rows.weights, rows.groups)
    model = replace(made.model_, target_name=uses.target)
    seconds = time.perf_counter() - began
    save_model(model, report.output)
    tested = figures(model, rows) if len(rows.y_test) else {}
    summary.end(model, tested, seconds)


def open_frame(path: str | Path, options: TableOptions) -> Frame:
    """The named columns of a file, or of all files that a pattern stands for.

    Parameters
    ----------
    path : str or path
        The file, or the pattern.
    options : TableOptions
        What becomes of bad rows.

    Raises
    ------
    DataError
        If it cannot be read, or holds arrays.
    """
    made = read(path, Request(bad_rows=options.bad_rows))
    if not isinstance(made, Frame):
        raise DataError(f"{path} holds arrays; a table of named columns is needed")
    return made


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


def recipe_from(given: Config, options: TableOptions, rows: TableRows) -> Recipe:
    """The recipe of the effort, with what was given in its place.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    options : TableOptions
        Effort and members.
    rows : TableRows
        Training and test rows.
    """
    made = recipe_of(options.effort, rows.kind, len(rows.train))
    layers = NetworkOptions(**given.get("network", {}))
    if not isinstance(layers.activation, str):
        raise ConfigError("activation is a list; networks for tables have the same in all layers")
    solver, penalty = given.get("solver", {}), given.get("regularization", {})
    changes: dict[str, Any] = {
        "hidden_layer_sizes": layers.hidden if "hidden" in given.get("network", {}) else None,
        "activation": layers.activation,
        "max_epochs": given.get("epochs"), "batch_size": given.get("batch_size"),
        "workers": given.get("workers"), "members": options.members,
        "learning_rate": solver.get("learning_rate"), "beta_2": solver.get("beta_2"),
        "l2": penalty.get("l2"), "dropout": penalty.get("dropout"),
    }
    return replace(made, **{name: value for name, value in changes.items() if value is not None})


def config_of(given: Config, recipe: Recipe, rows: TableRows) -> str:
    """The options of a run as a file for ``--config``.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    recipe : Recipe
        What they have come to.
    rows : TableRows
        Training and test rows.
    """
    import tomli_w

    return tomli_w.dumps(merged({
        "seed": 0, "workers": recipe.workers, "epochs": recipe.max_epochs,
        "batch_size": recipe.rows_of_step(len(rows.train) * (recipe.folds - 1) // recipe.folds),
        "network": {
            "hidden": list(recipe.hidden_layer_sizes), "activation": recipe.activation,
        },
        "solver": {"learning_rate": recipe.learning_rate, "beta_2": recipe.beta_2},
        "regularization": {"l2": recipe.l2, "dropout": recipe.dropout},
        "data": {"kind": rows.kind}, "table": {"members": recipe.members},
    }, given))


def figures(model: Any, rows: TableRows) -> dict[str, float]:
    """What the test rows say, and the baseline beside it.

    Parameters
    ----------
    model : TabularModel
        The trained model.
    rows : TableRows
        Training and test rows.
    """
    from sklearn.metrics import log_loss, mean_squared_error, r2_score, roc_auc_score

    if rows.kind == "number":
        predicted = model.predict(rows.test)
        usual = np.full(len(rows.y_test), rows.y.mean())
        return {
            "r2": float(r2_score(rows.y_test, predicted)),
            "rmse": float(mean_squared_error(rows.y_test, predicted) ** 0.5),
            "baseline_rmse": float(mean_squared_error(rows.y_test, usual) ** 0.5),
        }
    chances = model.predict_proba(rows.test)
    right = model.classes[chances.argmax(axis=1)] == rows.y_test
    names, counts = np.unique(rows.y, return_counts=True)
    found = {
        "accuracy": float(np.mean(right)),
        "baseline_accuracy": float(np.mean(rows.y_test == names[counts.argmax()])),
    }
    known = np.isin(rows.y_test, model.classes)
    if known.all():
        found["log_loss"] = float(log_loss(rows.y_test, chances, labels=model.classes))
    if len(model.classes) == 2 and len(np.unique(rows.y_test)) == 2:
        found["auc"] = float(roc_auc_score(rows.y_test == model.classes[1], chances[:, 1]))
    return found
