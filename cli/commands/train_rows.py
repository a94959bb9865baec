"""The rows of a plain network's run, and what is known of them before it is planned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastavg import ConfigError, Model
from fastavg.communicators import Communicator
from fastavg.data.column_plan import ColumnPlan, PlannedColumn
from fastavg.data.prepare import Rows
from fastavg.plan.inputs import DataOptions
from fastavg.plan.profiles import Config
from fastavg.runs.run_data import open_run_rows


def open_rows(
    ranks: Communicator, given: Config, config: Config, options: DataOptions
) -> tuple[Rows, Config, Model | None]:
    """Read the rows, and the model that is trained further on them, if there is one.

    Parameters
    ----------
    ranks : Communicator
        Between the ranks that train together.
    given : dict
        Options that were asked for, in the form of a configuration file.
    config : dict
        The same with those of the profiles.
    options : DataOptions
        Where the data come from, and how they are split and scaled.

    Returns
    -------
    tuple of Rows, dict and Model or None
        The rows, scaled; the options that were asked for, with the model's layers; the model.

    Raises
    ------
    ConfigError
        If other layers or another scaling were asked for than those of the model.
    DataError
        If the data cannot be used, or are not of the model's kind.
    """
    dtype, path = config.get("dtype", "float32"), config.get("network", {}).get("start_from")
    if path is None:
        return open_run_rows(ranks, options, dtype), given, None
    if options.scale != "auto":
        raise ConfigError(
            f"scale is {options.scale}, but rows are scaled as for {path}; leave it out"
        )
    # Loaded here: it can read every kind of model, which most runs do not.
    from fastavg.runs.further import layers_of, load_start, rows_for

    start = load_start(path)
    given = {**given, "network": layers_of(start, given.get("network", {}), path)}
    rows = open_run_rows(ranks, replace(options, scale="none"), dtype)
    return rows_for(start, rows, dtype, path), given, start


def about_run(rows: Rows, options: DataOptions) -> dict[str, Any]:
    """What the folder of a run says of it.

    Parameters
    ----------
    rows : Rows
        Training and test rows.
    options : DataOptions
        Where they come from.

    Returns
    -------
    dict
        Plain values.
    """
    return {
        "network_kind": "plain", "task": rows.target, "target": options.target,
        "rows": len(rows.y), "test_rows": len(rows.y_test), "columns": rows.X.shape[1],
    }


def named_columns(rows: Rows) -> ColumnPlan | None:
    """The columns of a plain network, all of them numbers.

    Parameters
    ----------
    rows : Rows
        Training and test rows.

    Returns
    -------
    ColumnPlan or None
        None if the columns have no names.
    """
    if rows.feature_names is None:
        return None
    return ColumnPlan(tuple(PlannedColumn(name, "number") for name in rows.feature_names))
