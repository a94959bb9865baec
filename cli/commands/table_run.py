"""What ``fastavg train`` does with a table of named columns."""

from __future__ import annotations

import time

import numpy as np
import tomli_w

from fastavg import ConfigError, Execution
from fastavg.estimators.tabular.threshold import check_threshold
from fastavg.machine.destination import check_folder
from fastavg.plan.inputs import DataOptions
from fastavg.plan.profiles import Config
from fastavg.plan.table_options import TableOptions
from fastavg.runs.cross_validation import parts_of
from fastavg.runs.network_kind import unknown_options
from fastavg.runs.place_of_rows import stays_on_disk
from fastavg.runs.run_data import open_run_table
from fastavg.runs.run_figures import answers_of, figures_of
from fastavg.runs.table_training import (
    Fit,
    columns_of,
    config_of,
    cross_validated,
    fit,
    recipe_from,
    settled,
)

from ..terminal.decisions import said_choices
from ..terminal.output import write_note
from ..terminal.table_progress import TableProgress
from ..terminal.table_summary import TableSummary, facts_of, weights_sha256
from .destinations import check_destinations, save_model
from .results import Results
from .run_recorder import open_recorder


def run_table(given: Config, results: Results, shown: str = "") -> None:
    """Read, plan the columns, train, test, save, report.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    results : Results
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
    if stays_on_disk(given, data, options, results.run is not None):
        # Loaded here: few tables are that large.
        from .large_table_run import run_large_table

        run_large_table(given, data, options, results, shown)
        return
    execution = Execution(**given.get("execution", {}))
    check_destinations(results.output, (data.file, options.test, options.columns), execution)
    if results.run is not None:
        check_folder(results.run, "run")
    began = time.perf_counter()
    frame, uses, rows = open_run_table(data, options)
    columns, asked = columns_of(rows, options), given
    given = settled(given, options, rows)
    if not results.quiet:
        for line in said_choices(asked, given.get("network", {}).get("hidden", ())):
            write_note(line)
    recipe = recipe_from(given, options, rows.kind)
    if options.threshold is not None:
        check_threshold(options.threshold)
        if len(np.unique(rows.y)) != 2:
            raise ConfigError(
                "--threshold parts two classes; the target has another number of values"
            )
    if shown:
        made = columns.as_toml() if shown == "columns" else tomli_w.dumps(
            config_of(given, recipe, rows.kind, len(rows.y))
        )
        results.text(made)
        return
    summary = TableSummary(results, facts_of(frame, uses.target, rows))
    summary.begin(columns)
    with open_recorder(results, first=True) as recorder:
        recorder.begin(config_of(given, recipe, rows.kind, len(rows.y)), {
            "network_kind": "table", "task": rows.kind, "target": uses.target,
            "rows": len(rows.y), "test_rows": len(rows.y_test), "columns": len(columns.columns),
            "members": recipe.members, "epochs": recipe.max_epochs, "workers": recipe.workers,
        }, columns, began)
        parts = [cross_validated(given, options, part) for part in parts_of(rows, options.cv)]
        progress = None if results.quiet else TableProgress(
            recipe.members, recipe.max_epochs, results.plain
        )
        try:
            model, seconds = fit(
                given, Fit(recipe, columns, rows, uses.target),
                [*recorder.observers, *([progress] if progress else [])],
            )
        finally:
            if progress is not None:
                progress.close()
        save_model(model, results.output)
        recorder.phase("train")
        answers = answers_of(model, rows.test, rows.y_test) if len(rows.y_test) else None
        tested = {} if answers is None else figures_of(answers, rows.y)
        recorder.end(model, answers, rows.ids, {
            "task": rows.kind, "rows": {"train": len(rows.y), "test": len(rows.y_test)},
            "test": tested, "members": len(model.members), "seconds": seconds,
            "weights_sha256": weights_sha256(model),
        })
    summary.end(model, tested, seconds, recorder.path, parts)
