"""What a run says, and where its model goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ..terminal.output import write_json, write_line


class Report(NamedTuple):
    """Where a command's results go.

    Attributes
    ----------
    output : Path or None
        Where to write the model.
    json : bool
        JSON lines in place of text.
    quiet : bool
        No progress.
    """

    output: Path | None
    json: bool
    quiet: bool

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
