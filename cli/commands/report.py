"""What a run says, and where its model goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..terminal.output import write_json, write_line


@dataclass(frozen=True)
class Report:
    """Where a command's results go.

    Attributes
    ----------
    output : Path, optional
        Where to write the model; nowhere if None.
    json : bool, default False
        JSON lines in place of text.
    quiet : bool, default False
        No progress.
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
