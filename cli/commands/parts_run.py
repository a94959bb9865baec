"""``fastavg train --sampling partitions``: each rank reads the rows of its own workers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastavg import ConfigError, Execution, Model
from fastavg.communicators import Communicator
from fastavg.data.parts.column_parts import ColumnParts
from fastavg.data.parts.encoded_parts import EncodedParts
from fastavg.data.parts.scratch_stream import scratch_room
from fastavg.plan.configuration import configuration, written
from fastavg.plan.inputs import DataOptions
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import Config
from fastavg.plan.resolve import resolve
from fastavg.runs.parts_training import (
    OpenedParts,
    check_options_of_parts,
    open_rank_parts,
    score_of_all,
)
from fastavg.training.observers.events import Observer
from fastavg.training.table_of_parts import table_model
from fastavg.training.train_parts import Preparation, fit_parts, rows_on_disk, with_window

from ..process.interrupts import Stopped
from ..terminal.accuracy import AccuracyProbe
from ..terminal.checkpoint_notes import SafeRounds
from ..terminal.json_lines import JsonLines
from ..terminal.output import write_json, write_line, write_note
from ..terminal.progress import ProgressLine
from ..terminal.summary import Summary
from .destinations import check_room, save_model
from .results import Results


def run_on_parts(
    given: Config, profiles: tuple[str, ...], options: DataOptions, execution: Execution,
    ranks: Communicator, results: Results, print_config: bool,
) -> None:
    """Read, train, test, save, report; of several ranks, the first one alone reports.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    profiles : tuple of str
        Names of profiles.
    options : DataOptions
        Where the rows come from, and how they are split and scaled.
    execution : Execution
        Processes and checkpoints.
    ranks : Communicator
        Between ranks.
    results : Results
        Where the model and the results go.
    print_config : bool
        Write all options as a configuration file, and do not train.

    Raises
    ------
    ConfigError
        If an option is wrong, or needs all rows at one place.
    DataError
        On every rank, if the rows of one cannot be used.
    Diverged
        If a weight is not finite any more.
    """
    if options.rows_from == "auto":
        options = replace(options, rows_from="memory")
    check_options_of_parts(given, options)
    if results.run is not None:
        raise ConfigError(
            "--run keeps the predictions of all test rows, and with sampling partitions each rank "
            "has its own; --output keeps the model"
        )
    opened = open_rank_parts(given, options, ranks, *profiles)
    resolved = resolve(given, opened.facts, *profiles)
    source = opened.parts.source
    table = source if isinstance(source, EncodedParts) else None
    scale = "none" if opened.learnt.scaling is None and table is None else options.scale
    used = replace(options, kind=opened.learnt.target, scale=scale)
    plan = with_window(resolved.plan, opened.parts, options.rows_from)
    if print_config:
        if ranks.rank == 0:
            shown = configuration(
                plan, network=resolved.layers, data=used, execution=execution
            )
            write_line(written(shown).rstrip())
        ranks.close()
        return
    network, first = resolved.network, ranks.rank == 0
    untrained = Model(
        network, network.initial_weights(plan.seed, plan.init, plan.numpy_dtype),
        opened.learnt.classes, opened.parts.source.names, opened.learnt.scaling,
    )
    if first:
        check_room(results.output, untrained)
        if not results.quiet and not results.json:
            write_note(decisions(opened, plan))
            if options.rows_from == "disk":
                write_note(rows_stay(opened, plan))
    summary, safe = Summary(), SafeRounds(warns=first and results.quiet)
    observers: list[Observer] = [summary, safe]
    progress = None
    if not results.quiet:
        # No rank has all test rows; they are scored once, at the end.
        nothing = np.zeros((0, opened.facts.features))
        probe = AccuracyProbe(untrained, nothing, nothing)
        progress = ProgressLine(probe, results.plain)
        observers.append(progress)
    if results.json:
        observers.append(JsonLines())
    try:
        model = fit_parts(
            network, plan, opened.parts, opened.learnt,
            Preparation(options.class_weight, options.rows_from),
            replace(execution, observers=observers), ranks,
        )
    except Stopped as stop:
        stop.note = safe.words
        raise
    finally:
        if progress is not None:
            progress.close()
    if first:
        # First of all: whatever goes wrong from here on, the model is there.
        save_model(
            model if table is None else table_model(model, table, opened.learnt), results.output
        )
    score = score_of_all(model, opened, ranks)
    ranks.close()
    if first:
        path = None if results.output is None else str(results.output)
        record = summary.record(model, score, path)
        if results.json:
            write_json(record)
            return
        for line in summary.lines(model, score, opened.test_rows, path):
            write_line(line)


def decisions(opened: OpenedParts, plan: Plan) -> str:
    """What was decided about the data, in one line.

    Parameters
    ----------
    opened : OpenedParts
        The rows.
    plan : Plan
        How they are trained on.
    """
    learnt, cut = opened.learnt, opened.parts.cut
    target = f"{learnt.n_outputs} classes" if learnt.classes is not None else "numbers"
    features = "as they are" if learnt.scaling is None else "scaled"
    if isinstance(opened.parts.source, EncodedParts):
        plan_of_columns = opened.parts.source.learnt.plan
        features = f"from {len(plan_of_columns.used)} of {len(plan_of_columns.columns)} columns"
    least, most = min(cut.sizes), max(cut.sizes)
    sizes = f"{least}" if least == most else f"{least} to {most}"
    return (
        f"target: {target}; {opened.facts.features} features {features}; {cut.n_rows} rows train, "
        f"{opened.test_rows} test; {plan.workers} workers, each with its own part of {sizes} rows"
    )


def rows_stay(opened: OpenedParts, plan: Plan) -> str:
    """Where the rows are in training, and how much memory they take, in one line.

    Parameters
    ----------
    opened : OpenedParts
        The rows.
    plan : Plan
        Its sampling has a window.
    """
    stream = rows_on_disk(plan, opened.parts, opened.learnt, False, False)
    room = scratch_room(stream)
    size = 2 * sum(array.nbytes for array in stream.empty(1).arrays)
    kept = (
        f"read from the files again: {room.lacks}" if room.lacks
        else f"{room.needed / 1e9:.1f} GB in {room.folder} hold them, decoded"
    )
    source = opened.parts.source
    files = source.source if isinstance(source, EncodedParts) else source
    groups = ""
    if isinstance(files, ColumnParts):
        groups = f"; a row group of up to {files.largest_group / 1e6:.0f} MB is decoded at a time"
    return (
        f"rows stay on disk; each process has two windows of {stream.window} rows in memory, "
        f"{size * stream.window / 1e6:.0f} MB; {kept}{groups}"
    )
