"""What ``fastavg train`` does once its options are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

import fastavg
from fastavg import ConfigError, Diverged, Execution, Model
from fastavg.communicators import connect
from fastavg.communicators.agreement import agree, number_of
from fastavg.data.prepare import open_table_on, prepare, with_target
from fastavg.plan.placement import cpus_of_all
from fastavg.training.observers.events import Observer

from ..process.interrupts import Stopped
from ..terminal.accuracy import AccuracyProbe
from ..terminal.checkpoint_notes import SafeRounds
from ..terminal.json_lines import JsonLines
from ..terminal.output import write_json, write_line
from ..terminal.progress import ProgressLine
from ..terminal.summary import Summary
from .settings import Settings


def run(
    settings: Settings, data: Path | None, target: str | None, output: Path | None,
    json: bool, quiet: bool, communicator: str, data_from: str,
    execution: Execution,
) -> None:
    """Read, train, test, save, report; of several ranks, the first one alone reports."""
    # First of all: from here on the others hear of it if this rank fails.
    ranks = connect(communicator)
    versions = {"fastavg version": fastavg.__version__, "data-from": data_from}
    agree({field: number_of(text) for field, text in versions.items()}, ranks)
    first = ranks.rank == 0
    json, quiet = json and first, quiet or not first
    if first and output is not None and not output.absolute().parent.is_dir():
        raise ConfigError(f"{output} lies in a folder that does not exist")
    table = open_table_on(ranks, data, target, data_from)
    rows = prepare(
        table, with_target(table, data), settings.kind, settings.scale, settings.test_size,
        settings.dtype,
    )
    # The split has made its own copies; the file's rows need not stay beside them.
    del table
    plan = settings.plan(len(rows.X), cpus_of_all(ranks))
    network = settings.network(rows.X.shape[1], rows.n_outputs, rows.target)
    untrained = Model(
        network, np.zeros(network.n_weights, plan.dtype),
        np.unique(rows.y) if rows.target == "class" else None,
        rows.feature_names, rows.scaling,
    )
    summary = Summary()
    probe = AccuracyProbe(untrained, rows.X_test, rows.y_test)
    progress = None if quiet else ProgressLine(probe)
    safe = SafeRounds(warns=first and quiet)
    observers: list[Observer] = [summary, safe]
    if progress is not None:
        observers += [probe, progress]
    if json:
        observers.append(JsonLines())
    try:
        trained = fastavg.train(
            network, rows.X, rows.y, plan,
            execution=replace(execution, communicator=ranks, observers=observers),
        )
    except Stopped as stop:
        stop.note = safe.words
        raise
    except Diverged as error:
        if first and output is not None and error.weights is not None:
            last = replace(untrained, weights=error.weights)
            last.save(output)
            note = f"{output} holds the weights before"
            raise Diverged(error.round, error.worker, note) from None
        raise
    finally:
        if progress is not None:
            progress.close()
    ranks.close()
    if not first:
        return
    model = replace(trained, feature_names=rows.feature_names, scaling=rows.scaling)
    score = model.score(rows.X_test, rows.y_test) if len(rows.y_test) else None
    path = None if output is None else str(output)
    if output is not None:
        model.save(output)
    if json:
        write_json(summary.record(model, score, path))
        return
    for line in summary.lines(model, score, len(rows.y_test), path):
        write_line(line)
