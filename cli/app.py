"""The ``fastavg`` command: registers the commands, nothing else."""

from __future__ import annotations

import typer

app = typer.Typer(name="fastavg", no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """Entry point of the ``fastavg`` script."""
    app()
