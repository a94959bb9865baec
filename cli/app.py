"""The ``fastavg`` command: registers the commands, nothing else."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .commands.evaluate import evaluate
from .commands.predict import predict
from .commands.reproduce import reproduce
from .commands.train import train
from .process.exits import run

app = typer.Typer(
    name="fastavg",
    help="Feed-forward networks on every core and every node, by averaging models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(train)
app.command()(predict)
app.command()(evaluate)
app.command()(reproduce)


@app.callback(invoke_without_command=True)
def about(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Feed-forward networks on every core and every node, by averaging models."""
    if version:
        from fastavg import __version__

        typer.echo(f"fastavg {__version__}")
        raise typer.Exit


def main() -> None:
    """Entry point of the ``fastavg`` script."""
    sys.exit(run(app, sys.argv[1:]))
