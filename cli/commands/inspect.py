"""``fastavg inspect``: what a model file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .command import made


def inspect(
    model: Annotated[Path, typer.Argument(help="A model file that fastavg wrote.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show what a model file holds: layers, columns, classes, versions, digests.

    Example: fastavg inspect results/flowers/model.safetensors\f

    Parameters
    ----------
    model : path
        The model file.
    json : bool, default False
        Write one JSON object.
    """  # noqa: D301 - help ends at the form feed
    from fastavg.models.inspection import inspect_model

    from ..terminal.model_table import model_table
    from ..terminal.output import write_json, write_line

    found = inspect_model(model)
    if json:
        write_json({"event": "inspected", "model": str(model), **found})
        return
    for line in model_table(found):
        write_line(line)


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(inspect)
