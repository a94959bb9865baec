"""``fastavg tune``: the search for the best options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from fastavg.errors import ConfigError
from fastavg.plan.configuration import assign, read_config
from fastavg.plan.profiles import Config, merged

from .command import made, with_fields
from .train import PRESETS, Source
from .train_flags import TrainCommand, with_flags

ENDINGS = (".zst", ".gz", ".bz2", ".xz")


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(with_flags(with_fields(tune)), TrainCommand)


@dataclass(frozen=True)
class Search:
    """What is searched, and how long.

    Attributes
    ----------
    time : str, optional
        Such as ``10m``; no limit if None.
    trials : int, optional
        In all; 30 if there is no limit of time either.
    tried : list of str, optional
        Options to try in place of the usual ones.
    side_by_side : int, optional
        Trials at the same time; one after the other if None.
    run : path, optional
        The folder of the search; named after the data if None.
    """

    time: Annotated[str | None, typer.Option(
        help="How long to search, such as 90s, 10m or 1h30m.",
    )] = None
    trials: Annotated[int | None, typer.Option(
        help="Number of trials, with those that the folder has already; 30 without --time.",
    )] = None
    tried: Annotated[list[str] | None, typer.Option(
        "--try", metavar="NAME=LOW..HIGH",
        help="An option to search, instead of the usual ones: a range, or NAME=VALUE|VALUE; may be "
        "repeated.",
    )] = None
    side_by_side: Annotated[int | None, typer.Option(
        help="Number of trials at the same time, each in one process; 1 if not given.",
    )] = None
    run: Annotated[Path | None, typer.Option(
        help="The folder of the search, continued if it exists; named after the data if not "
        "given.",
    )] = None


@dataclass(frozen=True)
class Said:
    """What is said meanwhile.

    Attributes
    ----------
    json : bool, default False
        JSON lines in place of text.
    quiet : bool, default False
        Nothing but the result.
    """

    json: Annotated[bool, typer.Option(
        "--json", help="JSON lines on standard output.", rich_help_panel="Output",
    )] = False
    quiet: Annotated[bool, typer.Option(
        "--quiet", help="No line for each trial.", rich_help_panel="Output",
    )] = False


def tune(
    config: Config,
    data: Annotated[Path | None, typer.Argument(
        help="A data file, as for fastavg train; 5,000 digits if not given.",
    )] = None,
    search: Search = Search(),
    preset: Annotated[str | None, typer.Option(
        help="paper, deep-big-simple, tabular or shell, as for fastavg train.",
        rich_help_panel="Training",
    )] = None,
    source: Source = Source(),  # noqa: B008 - frozen
    said: Said = Said(),
) -> None:
    """Search for the options with the best score on held-out rows.

    Options that you give are kept; of the others the most important ones are searched. The test
    rows are never used.

    Example: fastavg tune flowers.csv --target kind --effort fast --epochs 4 --trials 4\f

    Parameters
    ----------
    config : dict
        Options that were given by flags, in the form of a configuration file.
    data : path, optional
        The data file; 5,000 digits if None.
    search : Search
        What is searched, and how long.
    preset : str, optional
        One of ``PRESETS``; chosen by the data and the options if None.
    source : Source
        Where options come from that have no flag.
    said : Said
        What is said meanwhile.
    """  # noqa: D301 - help ends at the form feed
    given = {} if source.config_file is None else read_config(source.config_file)
    if data is not None:
        given = merged(given, {"data": {"file": str(data)}})
    given = merged(given, config)
    for each in source.settings or ():
        assign(given, each)
    if preset not in (None, *PRESETS):
        raise ConfigError(f"preset {preset!r} is unknown; choose {', '.join(PRESETS)}")
    from fastavg.runs.network_kind import is_table
    from fastavg.tuning.contract import Trainer
    from fastavg.tuning.duration import seconds_of
    from fastavg.tuning.plain_trainer import PlainTrainer
    from fastavg.tuning.search import Budget, tune
    from fastavg.tuning.space import read_tried
    from fastavg.tuning.table_trainer import TableTrainer

    from ..terminal.trial_table import TrialTable

    budget = Budget(search.trials, None if search.time is None else seconds_of(search.time))
    space = [read_tried(each) for each in search.tried or ()]
    together = 1 if search.side_by_side is None else search.side_by_side
    if together > 1:
        # Who computes changes no bit; a trial has its neighbours for the other processors.
        given = merged({"execution": {"processes": 1}}, given)
    trainer: Trainer = (
        TableTrainer(given) if is_table(given, preset) else PlainTrainer(given, preset)
    )
    shown = TrialTable(trainer.figure, said.json, said.quiet)
    shown.end(tune(
        trainer, search.run or folder_of(given), budget, space=space,
        seed=int(given.get("seed", 0)), report=shown.trial, side_by_side=together,
    ))


def folder_of(given: Config) -> Path:
    """The folder of a search that was given none.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.

    Returns
    -------
    Path
        In the working folder, by the name of the data.

    Examples
    --------
    >>> str(folder_of({"data": {"file": "data/flowers.csv.gz"}})), str(folder_of({}))
    ('flowers-tuning', 'digits-tuning')
    """
    file = given.get("data", {}).get("file")
    if file is None:
        return Path("digits-tuning")
    name = Path(str(file)).name
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return Path(f"{Path(name).stem or 'data'}-tuning".replace("*", "").replace("?", ""))
