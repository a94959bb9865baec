"""What ``fastavg train`` does with a table whose rows stay on disk."""

from __future__ import annotations

import time

import numpy as np
import tomli_w

from fastavg import ConfigError, Execution
from fastavg.data.table_rows import targets_of
from fastavg.estimators.tabular.threshold import check_threshold
from fastavg.plan.inputs import DataOptions
from fastavg.plan.profiles import Config
from fastavg.plan.table_options import TableOptions
from fastavg.runs.large_table_training import fit_on_disk, open_table_of_run, recipe_of_run
from fastavg.runs.run_figures import answers_of, figures_of
from fastavg.runs.table_training import config_of

from ..terminal.table_progress import TableProgress
from ..terminal.table_summary import TableFacts, TableSummary
from .destinations import check_destinations, save_model
from .results import Results


def run_large_table(
    given: Config, data: DataOptions, options: TableOptions, results: Results, shown: str
) -> None:
    """Survey, train, test, save, report, in memory that does not grow with the rows.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    data : DataOptions
        Where the rows come from.
    options : TableOptions
        What single columns are for.
    results : Results
        What is said, and where the model goes.
    shown : str
        ``columns`` or ``config`` to write these, and not to train.

    Raises
    ------
    ConfigError
        If an option needs all rows in memory.
    DataError
        If the rows cannot be used.
    """
    execution = Execution(**given.get("execution", {}))
    check_destinations(results.output, (data.file, options.columns), execution)
    if results.run is not None:
        raise ConfigError(
            "--run keeps what a report reads again in memory, and data.rows_from is disk; "
            "--output keeps the model"
        )
    if options.threshold is not None:
        check_threshold(options.threshold)
    table = open_table_of_run(data, options)
    known = table.survey
    classes = known.target.classes
    if options.threshold is not None and (classes is None or len(classes) != 2):
        raise ConfigError("--threshold parts two classes; the target has another number of values")
    recipe = recipe_of_run(given, options, known.target.kind)
    if shown:
        made = table.columns.as_toml() if shown == "columns" else tomli_w.dumps(
            config_of(given, recipe, known.target.kind, known.n_train)
        )
        results.text(made)
        return
    summary = TableSummary(results, TableFacts(
        known.target.name, None if classes is None else [str(each) for each in classes],
        table.files.n_rows, known.n_train, len(known.test),
        (f"from disk: columns planned from {len(known.sample)} of the rows to train on",),
    ))
    summary.begin(table.columns)
    began = time.perf_counter()
    progress = None if results.quiet else TableProgress(
        recipe.members, recipe.max_epochs, results.plain
    )
    try:
        model = fit_on_disk(given, table, recipe, [progress] if progress else [])
    finally:
        if progress is not None:
            progress.close()
    seconds = time.perf_counter() - began
    save_model(model, results.output)
    figures: dict[str, float] = {}
    if len(known.test):
        y = targets_of(known.test, known.target.name, known.target.kind)
        usual = known.target.of(known.sample)
        figures = figures_of(answers_of(model, table.test, y), np.asarray(usual))
    summary.end(model, figures, seconds)
