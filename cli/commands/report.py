"""``fastavg report``: one page about a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .command import made


def report(
    run: Annotated[Path, typer.Argument(help="The folder of a run: fastavg train --run.")],
    output: Annotated[Path | None, typer.Option(
        help="The page; report.html in the folder if not given. Its figures go beside it.",
    )] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object: the files.")] = False,
) -> None:
    """Write one self-contained page about a run, and its figures as JSON.

    Example: fastavg report results/flowers\f

    Parameters
    ----------
    run : path
        The folder of a finished run.
    output : path, optional
        The page; ``report.html`` in the folder if None.
    json : bool, default False
        Write one JSON object.
    """  # noqa: D301 - help ends at the form feed
    from fastavg.reports.write_report import write_report

    from ..terminal.output import write_json, write_line

    page, figures = write_report(run, output)
    if json:
        write_json({"event": "reported", "page": str(page), "figures": str(figures)})
        return
    write_line(f"report   {page}")
    write_line(f"figures  {figures}")


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(report)
