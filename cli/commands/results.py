"""What a run says, and where its results go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..terminal.output import write_json, write_line


@dataclass(frozen=True)
class Results:
    """Where a command's results go.

    Attributes
    ----------
    output : Path, optional
        Where to write the model; nowhere if None.
    json : bool, default False
        JSON lines in place of text.
    quiet : bool, default False
        No progress.
    plain : bool, default False
        Progress as plain lines on a terminal too.
    run : Path, optional
        The folder that keeps the whole run; none if None.
    force : bool, default False
        Empty that folder if it is there.
    """

    output: Annotated[Path | None, typer.Option(
        help="Where to write the model (.safetensors).", rich_help_panel="Output",
    )] = None
    json: Annotated[bool, typer.Option(
        "--json", help="JSON lines on standard output.", rich_help_panel="Output",
    )] = False
    quiet: Annotated[bool, typer.Option(
        "--quiet", help="No progress.", rich_help_panel="Output",
    )] = False
    plain: Annotated[bool, typer.Option(
        "--plain", help="Progress as plain lines, on a terminal too.", rich_help_panel="Output",
    )] = False
    run: Annotated[Path | None, typer.Option(
        help="A new folder for the whole run: options, events, model, predictions, figures; a "
        "number is added to its name if it is there.", rich_help_panel="Output",
    )] = None
    force: Annotated[bool, typer.Option(
        "--force", help="Empty the run folder if it exists.", rich_help_panel="Output",
    )] = False

    def text(self, text: str) -> None:
        """Lines for a person, or a file.

        Parameters
        ----------
        text : str
            The lines.
        """
        write_line(text.rstrip())

    def record(self, record: dict[str, Any]) -> None:
        """A JSON object on a line.

        Parameters
        ----------
        record : dict
            Its names and values.
        """
        write_json(record)
