"""``fastavg train``: from a data file to a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fastavg.errors import ConfigError
from fastavg.plan.configuration import assign, read_config
from fastavg.plan.profiles import Config, merged

from .command import made
from .train_flags import TrainCommand, with_flags

PRESETS = ("paper", "shell", "tabular")


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(with_flags(train), TrainCommand)


def train(
    config: Config,
    data: Annotated[Path | None, typer.Argument(
        help="A file with named columns (.csv, .tsv, .parquet, .arrow, .jsonl), or with arrays "
        "X and y (.npz, .npy, .mat, .h5, IDX, svmlight); 5,000 digits if not given.",
    )] = None,
    preset: Annotated[str | None, typer.Option(
        help="paper: the paper's network and training; tabular: networks for tables of named "
        "columns, which these have unless an option asks for more; shell: a plain network.",
        rich_help_panel="Training",
    )] = None,
    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="NAME=VALUE", rich_help_panel="Output",
        help="Any other option, such as solver.beta_1=0.95; may be repeated.",
    )] = None,
    config_file: Annotated[Path | None, typer.Option(
        "--config", help="A TOML file with options; flags win over it.",
        rich_help_panel="Output",
    )] = None,
    print_config: Annotated[bool, typer.Option(
        "--print-config", rich_help_panel="Output",
        help="Write all options of this run as a file for --config, and do not train.",
    )] = False,
    print_columns: Annotated[bool, typer.Option(
        "--print-columns", rich_help_panel="Output", hidden=True,
        help="Write what the table's columns are taken for, as a file for --columns.",
    )] = False,
    output: Annotated[Path | None, typer.Option(
        help="Where to write the model (.safetensors).", rich_help_panel="Output",
    )] = None,
    json: Annotated[bool, typer.Option(
        "--json", help="JSON lines on standard output.", rich_help_panel="Output",
    )] = False,
    quiet: Annotated[bool, typer.Option(
        "--quiet", help="No progress.", rich_help_panel="Output",
    )] = False,
    debug: Annotated[bool, typer.Option(
        "--debug", help="Show where an error arose.", rich_help_panel="Output", hidden=True,
    )] = False,
) -> None:
    """Train a network and test it on rows it has not seen.\f

    Parameters
    ----------
    config : dict
        Options that were given by flags, in the form of a configuration file.
    data : path, optional
        The data file; 5,000 digits if None.
    preset : str, optional
        One of ``PRESETS``; chosen by the data and the options if None.
    settings : list of str, optional
        Other options, each as ``NAME=VALUE``.
    config_file : path, optional
        A TOML file with options; flags win over it.
    print_config : bool, default False
        Write all options of this run, and do not train.
    print_columns : bool, default False
        Write what the table's columns are taken for, and do not train.
    output : path, optional
        Where to write the model; nowhere if None.
    json : bool, default False
        Write JSON lines on standard output.
    quiet : bool, default False
        Show no progress.
    debug : bool, default False
        Show where an error arose.
    """  # noqa: D301 - help ends at the form feed
    given = {} if config_file is None else read_config(config_file)
    if data is not None:
        given = merged(given, {"data": {"file": str(data)}})
    given = merged(given, config)
    for each in settings or ():
        assign(given, each)
    from .destinations import check_destinations
    from .report import Report
    from .table_run import is_table, run_table
    from .train_run import run

    if preset not in (None, *PRESETS):
        raise ConfigError(f"preset {preset!r} is unknown; choose {', '.join(PRESETS)}")
    report = Report(output, json, quiet)
    check_destinations(output, [config_file])
    shown = "columns" if print_columns else "config" if print_config else ""
    if print_columns or is_table(given, preset):
        run_table(given, report, shown)
        return
    run(given, preset, report, print_config)
