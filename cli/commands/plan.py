"""``fastavg plan``: what a run will take, before it is started."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fastavg.errors import ConfigError
from fastavg.plan.configuration import assign, read_config
from fastavg.plan.profiles import Config, merged

from .command import made, with_fields
from .train import Source
from .train_flags import TrainCommand, with_flags


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(with_flags(with_fields(plan)), TrainCommand)


def plan(
    config: Config,
    data: Annotated[Path | None, typer.Argument(
        help="A data file, as for fastavg train; 5,000 digits if not given.",
    )] = None,
    preset: Annotated[str | None, typer.Option(
        help="paper or shell, as for fastavg train.", rich_help_panel="Training",
    )] = None,
    source: Source = Source(),  # noqa: B008 - frozen
    json: Annotated[bool, typer.Option(
        "--json", help="One JSON object.", rich_help_panel="Output",
    )] = False,
) -> None:
    """Predict the time and memory of a run for several numbers of workers and processes.

    Trains the network for a few seconds to measure what rows and averages cost on this machine.
    It is for plain networks, not for networks for tables.

    Example: fastavg plan --hidden 32 --batch-size 32\f

    Parameters
    ----------
    config : dict
        Options that were given by flags, in the form of a configuration file.
    data : path, optional
        The data file; 5,000 digits if None.
    preset : str, optional
        ``paper`` or ``shell``; ``shell`` if None.
    source : Source
        Where options come from that have no flag.
    json : bool, default False
        Write one JSON object.
    """  # noqa: D301 - help ends at the form feed
    given = {} if source.config_file is None else read_config(source.config_file)
    if data is not None:
        given = merged(given, {"data": {"file": str(data)}})
    given = merged(given, config)
    for each in source.settings or ():
        assign(given, each)
    from fastavg.runs.network_kind import is_table

    if is_table(given, preset) or "table" in given:
        raise ConfigError(
            "networks for tables are trained side by side, one for each processor; fastavg plan "
            "is for plain networks (--preset shell)"
        )
    from fastavg.planner.forecast import forecast

    from ..terminal.output import write_json, write_line
    from ..terminal.plan_table import plan_lines, plan_record

    made = forecast(given, preset)
    if json:
        write_json(plan_record(made))
        return
    for line in plan_lines(made):
        write_line(line)
