"""``fastavg runs``: several runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .command import made


def runs(
    folders: Annotated[list[Path], typer.Argument(
        help="Run folders, or folders with run folders in them.",
    )],
    sort: Annotated[str | None, typer.Option(
        help="name, seconds, or a figure such as accuracy; the first figure if not given.",
    )] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object for each run.")] = False,
) -> None:
    """List runs from the best to the worst, with the options in which they differ.

    Example: fastavg runs results --sort seconds\f

    Parameters
    ----------
    folders : list of path
        Run folders, or folders with run folders in them.
    sort : str, optional
        ``name``, ``seconds``, or a figure; the first figure if None.
    json : bool, default False
        Write one JSON object for each run.
    """  # noqa: D301 - help ends at the form feed
    from fastavg.runs.comparison import differing, find_runs, listed_run, ordered
    from fastavg.runs.event_records import finite

    from ..terminal.output import write_json, write_line
    from ..terminal.run_table import run_table

    found = ordered([listed_run(folder) for folder in find_runs(folders)], sort)
    names = differing(found)
    if json:
        for run in found:
            write_json({
                "event": "run", "run": str(run.folder.path), "state": run.state,
                "seconds": run.seconds, "test": finite(run.figures),
                "options": {name: run.options.get(name) for name in names},
            })
        return
    for line in run_table(found, names):
        write_line(line)


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(runs)
