"""What ``fastavg train`` does once its options are read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import fastavg
from fastavg import Committee, ConfigError, Diverged, Execution, Model
from fastavg.communicators import Communicator
from fastavg.communicators.agreement import agree, number_of
from fastavg.data.prepare import Rows
from fastavg.machine.destination import check_folder
from fastavg.machine.first_use import be_silent
from fastavg.models.committee import committee_of
from fastavg.models.in_units import in_units, standardised
from fastavg.plan.configuration import configuration, written
from fastavg.plan.inputs import DataOptions
from fastavg.plan.profiles import Config, as_table, merged, preset_name
from fastavg.plan.resolve import Resolved, layered, resolve
from fastavg.plan.table_options import TableOptions
from fastavg.runs.plain_training import (
    data_options,
    facts_of,
    scale_of,
    train_model,
    untrained_model,
    with_found_rate,
)
from fastavg.runs.run_figures import answers_of, figures_of
from fastavg.runs.run_folder import RunFolder
from fastavg.runs.sampling_choice import choose_sampling
from fastavg.training.observers.events import Observer

from ..process.interrupts import Stopped
from ..process.lost_ranks import end_when_lost
from ..terminal.accuracy import AccuracyProbe
from ..terminal.checkpoint_notes import SafeRounds
from ..terminal.decisions import said_choices, write_decisions, write_doubts
from ..terminal.json_lines import JsonLines
from ..terminal.output import write_json, write_line, write_note
from ..terminal.progress import ProgressLine
from ..terminal.summary import Summary
from .destinations import check_destinations, check_room, save_model
from .results import Results
from .run_recorder import RunRecorder, open_recorder
from .train_rows import about_run, named_columns, open_rows


class Source(NamedTuple):
    """Rows and first weights of a run.

    Attributes
    ----------
    options : DataOptions
        Where the data come from, and how they are split and scaled; the same on every rank.
    start : Model or None
        What is trained further.
    members : int
        How many networks are trained side by side.
    """

    options: DataOptions
    start: Model | None = None
    members: int = 1


def run(given: Config, preset: str | None, results: Results, print_config: bool) -> None:
    """Read, train, test, save, report; of several ranks, the first one alone reports.

    Parameters
    ----------
    given : dict
        Options of the command line and its file, in the form of a configuration file.
    preset : str or None
        The preset that was asked for.
    results : Results
        Where the model and the results go.
    print_config : bool
        Write all options as a configuration file, and do not train.

    Raises
    ------
    ConfigError
        If an option is wrong, or a file cannot be written.
    DataError
        If the data cannot be used.
    RankMismatch
        If the ranks differ in version, options or data.
    Diverged
        If a weight is not finite any more.
    """
    named = () if preset in (None, "shell") else (preset_name(str(preset)),)
    profiles = ("shell", *named)
    config = layered(given, *profiles)
    execution, resume = execution_of(config, results)
    options = data_options(config)
    # First of all: from here on the others hear of it if this rank fails.
    ranks = execution.connect()
    end_when_lost(ranks)
    versions = {"fastavg version": fastavg.__version__, "read_by": options.read_by}
    agree({field: number_of(text) for field, text in versions.items()}, ranks)
    first = ranks.rank == 0
    results = replace(
        results, json=results.json and first, quiet=results.quiet or not first,
    )
    if results.quiet:
        be_silent()
    if first:
        start_from = config.get("network", {}).get("start_from")
        inputs = (options.file, options.target, options.validation, start_from)
        check_destinations(results.output, inputs, execution)
        if results.run is not None:
            check_folder(results.run, "run")
    if as_table(config.get("sampling")).get("name") == "auto":
        choice = choose_sampling(options, config.get("dtype", "float32"), ranks)
        if first and not (results.quiet or results.json):
            write_note(choice.why)
        given = merged(given, {"sampling": {"name": choice.name}})
        config = layered(given, *profiles)
    if as_table(config.get("sampling")).get("name") == "partitions":
        if (members := members_of(config, None)) > 1:
            raise ConfigError(
                f"members is {members}, and sampling is partitions; ranks that share out members "
                "need all rows, such as with shards"
            )
        # Loaded here: readers of parts would double what a plain run has to import.
        from .parts_run import run_on_parts

        run_on_parts(given, profiles, options, execution, ranks, results, print_config)
        return
    began = time.perf_counter()
    rows, given, start = open_rows(ranks, given, config, options)
    facts = facts_of(rows, ranks)
    if given.get("workers") == "auto":
        # Else nobody waits for the planner's imports.
        from fastavg.planner.chosen_workers import choose_workers

        if execution.resume is not None or resume:
            raise ConfigError(
                "workers is auto, but a run that is resumed keeps its own; name the number "
                "(config.toml of the run's folder has it)"
            )
        given, reason = choose_workers(
            given, rows, facts, *profiles, processes=execution.processes
        )
        if not results.quiet:
            write_note(reason)
    resolved = resolve(given, facts, *profiles)
    seen = rows if resolved.network.output == "identity" else rows.unscaled()
    resolved = with_found_rate(given, resolved, seen)
    if first and not results.quiet:
        rate = getattr(resolved.plan.solver, "learning_rate", None)
        for line in said_choices(given, resolved.layers.hidden, rate):
            write_note(line)
    scale = "auto" if start is not None else scale_of(options.scale, rows)
    used = replace(options, kind=rows.target, scale=scale)
    shown = configuration(
        resolved.plan, network=resolved.layers, data=used, execution=execution,
    )
    members = members_of(config, start)
    if members > 1:
        shown["table"] = {"members": members}
    if print_config:
        if first:
            write_line(written(shown).rstrip())
        ranks.close()
        return
    with open_recorder(results, first, resume) as recorder:
        if results.run is not None and execution.checkpoint is None:
            folder = recorder.folder or RunFolder(results.run)
            execution = replace(
                execution, checkpoint=folder.checkpoint, resume="auto" if resume else None,
            )
        recorder.begin(shown, about_run(rows, options), named_columns(rows), began)
        fit(
            resolved, rows, replace(execution, communicator=ranks),
            Source(options, start, members), results, recorder,
        )


def members_of(config: Config, start: Model | None) -> int:
    """How many networks are trained side by side.

    Parameters
    ----------
    config : dict
        Options in the form of a configuration file.
    start : Model or None
        What is trained further.

    Raises
    ------
    ConfigError
        If there are several, and a model is trained further.
    """
    members = TableOptions(**config.get("table", {})).members or 1
    if members > 1 and start is not None:
        raise ConfigError(
            f"members is {members}, and start_from is a single network; leave one of them out"
        )
    return members


def execution_of(config: Config, results: Results) -> tuple[Execution, bool]:
    """Who computes a run, and whether it goes on in its own folder.

    Parameters
    ----------
    config : dict
        Options in the form of a configuration file.
    results : Results
        A run folder has a checkpoint of its own.

    Returns
    -------
    tuple of Execution and bool
        True if ``resume`` is ``auto`` and means the folder's checkpoint.

    Raises
    ------
    ConfigError
        If an option is wrong.
    """
    given = {"communicator": "auto", **config.get("execution", {})}
    own = results.run is not None and given.get("checkpoint") is None
    resume = own and given.get("resume") == "auto"
    if resume:
        given.pop("resume")
    return Execution(**given), resume


def fit(
    resolved: Resolved, rows: Rows, execution: Execution, source: Source, results: Results,
    recorder: RunRecorder,
) -> None:
    """Train, test, save and report.

    Parameters
    ----------
    resolved : Resolved
        The plan and the network, the same on every rank.
    rows : Rows
        Training and test rows.
    execution : Execution
        Processes, threads, checkpoints and the communicator.
    source : Source
        Where the data come from, and how many networks of what start are trained.
    results : Results
        Where the model and the results go.
    recorder : RunRecorder
        Keeps the run in its folder.

    Raises
    ------
    ConfigError
        If the model cannot be written.
    Diverged
        If a weight is not finite any more; the last weights that were are saved.
    Stopped
        If the run was interrupted; says which checkpoint holds its state.
    """
    start = source.start
    plan, network, ranks = resolved.plan, resolved.network, execution.communicator
    assert isinstance(ranks, Communicator)
    first = ranks.rank == 0
    if network.output != "identity":
        rows = rows.unscaled()
    silent = results.quiet or results.json
    if first and not silent:
        write_decisions(rows, plan)
    untrained = untrained_model(network, rows, plan.dtype)
    if first:
        check_room(results.output, committee_of([untrained] * source.members))
    summary = Summary()
    probe = AccuracyProbe(untrained, rows.X_test, rows.scaled(rows.y_test))
    progress = None if results.quiet else ProgressLine(probe, results.plain)
    safe = SafeRounds(warns=first and results.quiet)
    observers: list[Observer] = [summary, safe, *recorder.observers]
    if progress is not None:
        observers += [probe, progress]
    if results.json:
        observers.append(JsonLines())
    try:
        trained = train_model(
            untrained, plan, rows, source.options, replace(execution, observers=observers),
            None if start is None else standardised(start, rows.target_scaling), source.members,
        )
    except Stopped as stop:
        stop.note = safe.words
        raise
    except Diverged as error:
        if first and results.output is not None and error.weights is not None:
            last = replace(untrained, weights=error.weights)
            save_model(in_units(last, rows.target_scaling), results.output)
            note = f"{results.output} holds the weights before"
            raise Diverged(error.round, error.worker, note) from None
        raise
    finally:
        if progress is not None:
            progress.close()
    ranks.close()
    if first:
        model = replace(trained, feature_names=rows.feature_names, scaling=rows.scaling)
        tell(in_units(model, rows.target_scaling), rows, summary, results, recorder)
        if silent:
            write_doubts(rows)


def tell(
    model: Model | Committee, rows: Rows, summary: Summary, results: Results,
    recorder: RunRecorder,
) -> None:
    """Save the model, test it, and write what there is to say.

    Parameters
    ----------
    model : Model or Committee
        The trained model.
    rows : Rows
        Training and test rows.
    summary : Summary
        What was seen of the run.
    results : Results
        Where the model and the results go.
    recorder : RunRecorder
        Keeps the run in its folder.

    Raises
    ------
    ConfigError
        If the model, or standard output, cannot be written.
    """
    # First of all: whatever goes wrong from here on, the model is there.
    save_model(model, results.output)
    score = model.score(rows.X_test, rows.y_test) if len(rows.y_test) else None
    recorder.phase("train")
    path = None if results.output is None else str(results.output)
    record = summary.record(model, score, path)
    if recorder.folder is not None:
        answers = answers_of(model, rows.X_test, rows.y_test) if len(rows.y_test) else None
        assert rows.test_numbers is not None
        recorder.end(model, answers, rows.test_numbers, {
            **{name: value for name, value in record.items() if name not in ("event", "model")},
            "task": rows.target, "rows": {"train": len(rows.y), "test": len(rows.y_test)},
            "test": {} if answers is None else figures_of(answers, rows.y),
        })
        record["run"] = recorder.path
    if results.json:
        write_json(record)
        return
    lines: Sequence[str] = summary.lines(model, score, len(rows.y_test), path)
    for line in lines:
        write_line(line)
    if recorder.path is not None:
        write_line(f"{'run':<18}{recorder.path}")
