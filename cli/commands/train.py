"""``fastavg train``: from a data file to a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from fastavg.errors import ConfigError
from fastavg.plan.configuration import assign, read_config
from fastavg.plan.profiles import Config, merged

from .command import made, with_fields
from .results import Results
from .train_flags import TrainCommand, with_flags

PRESETS = ("paper", "deep-big-simple", "shell", "tabular")


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(with_flags(with_fields(train)), TrainCommand)


@dataclass(frozen=True)
class Source:
    """Where options come from that were not given by a flag of their own.

    Attributes
    ----------
    settings : list of str, optional
        Other options, each as ``NAME=VALUE``.
    config_file : path, optional
        A TOML file with options; flags override it.
    """

    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="NAME=VALUE", rich_help_panel="Output",
        help="Any other option, such as solver.beta_1=0.95; may be repeated.",
    )] = None
    config_file: Annotated[Path | None, typer.Option(
        "--config", help="A TOML file with options; flags override it.",
        rich_help_panel="Output",
    )] = None


@dataclass(frozen=True)
class Printed:
    """What is written in place of training.

    Attributes
    ----------
    print_config : bool, default False
        All options of this run.
    print_columns : bool, default False
        What the table's columns are taken for.
    """

    print_config: Annotated[bool, typer.Option(
        "--print-config", rich_help_panel="Output",
        help="Write all options of this run as a file for --config, and do not train.",
    )] = False
    print_columns: Annotated[bool, typer.Option(
        "--print-columns", rich_help_panel="Output", hidden=True,
        help="Write the kinds of the table's columns, as a file for --columns, and do not train.",
    )] = False


def train(
    config: Config,
    data: Annotated[Path | None, typer.Argument(
        help="A file with named columns (.csv, .tsv, .parquet, .arrow, .jsonl), or with arrays "
        "X and y (.npz, .npy, .mat, .h5, IDX, svmlight); 5,000 digits if not given.",
    )] = None,
    preset: Annotated[str | None, typer.Option(
        help="paper: the paper's network and training; deep-big-simple: big layers on deformed "
        "images; tabular: networks for tables of named columns, which these have unless an option "
        "asks for more; shell: a plain network.",
        rich_help_panel="Training",
    )] = None,
    source: Source = Source(),
    printed: Printed = Printed(),
    results: Results = Results(),  # noqa: B008 - frozen
) -> None:
    """Train a network, and test it on rows that it has not seen.

    Example: fastavg train flowers.csv --target kind --run results/flowers\f

    Parameters
    ----------
    config : dict
        Options that were given by flags, in the form of a configuration file.
    data : path, optional
        The data file; 5,000 digits if None.
    preset : str, optional
        One of ``PRESETS``; chosen by the data and the options if None.
    source : Source
        Where options come from that have no flag here.
    printed : Printed
        What is written in place of training.
    results : Results
        Where the results go.
    """  # noqa: D301 - help ends at the form feed
    given = {} if source.config_file is None else read_config(source.config_file)
    if data is not None:
        given = merged(given, {"data": {"file": str(data)}})
    given = merged(given, config)
    for each in source.settings or ():
        assign(given, each)
    from fastavg.runs.network_kind import is_table

    from .destinations import check_destinations

    if preset not in (None, *PRESETS):
        raise ConfigError(f"preset {preset!r} is unknown; choose {', '.join(PRESETS)}")
    check_destinations(results.output, [source.config_file])
    if printed.print_columns or is_table(given, preset):
        shown = "columns" if printed.print_columns else "config" if printed.print_config else ""
        from .table_run import run_table

        run_table(given, results, shown)
        return
    from .train_run import run as train_network

    train_network(given, preset, results, printed.print_config)
