"""The ``fastavg`` command: names the commands, and imports the one that is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from .process.exits import run

# Help of all commands must not import what one of them needs.
COMMANDS = {
    "train": "Train a network, and test it on rows that it has not seen.",
    "plan": "Predict the time and memory of a run for several numbers of workers and processes.",
    "tune": "Search for the options with the best score on held-out rows.",
    "predict": "Predict the class or the number of each row, one line each.",
    "evaluate": "Compare a model's predictions with the truth.",
    "runs": "List runs from the best to the worst, with the options in which they differ.",
    "report": "Write one self-contained page about a run, and its figures as JSON.",
    "watch": "Serve a page on this machine that follows runs, until Ctrl-C.",
    "inspect": "Show what a model file holds: layers, columns, classes, versions, digests.",
    "export": "Write a model for other programs: ONNX, C, NumPy, PyTorch, scikit-learn.",
    "doctor": "Check versions, processors, BLAS, memory, MPI, kernels, and train a small network.",
    "warmup": "Compile all kernels ahead of time, in a container image or on a node.",
    "reproduce": "Run the paper's experiment and write a report; an interrupted one is continued.",
}


class Commands(TyperGroup):
    """A group whose commands live in modules of their own."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of help.

        Parameters
        ----------
        ctx : typer.Context
            Of the command line.

        Returns
        -------
        list of str
            Each name.
        """
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """What help needs of a command: its name and one line.

        Parameters
        ----------
        ctx : typer.Context
            Of the command line.
        cmd_name : str
            The command's name.

        Returns
        -------
        TyperCommand or None
            Without options; None if there is no such command.
        """
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, from its module.

        Parameters
        ----------
        ctx : typer.Context
            Of the command line.
        args : list of str
            The command's name and its arguments.

        Returns
        -------
        tuple of str, command and list of str
            The name, the command, and its arguments.

        Raises
        ------
        UsageError
            If there is no command of that name.
        """
        name, known, rest = super().resolve_command(ctx, args)
        if known is None or name is None:
            return name, known, rest
        # A shell that completes a line asks for names alone.
        if name == "train" and not ctx.resilient_parsing:
            from .process.early_start import start_early

            start_early(rest)
        module = import_module(f".commands.{name}", __package__)
        return name, module.command(), rest


app = typer.Typer(
    name="fastavg",
    cls=Commands,
    help="Feed-forward networks on every core and every node, by averaging models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def about(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Feed-forward networks on every core and every node, by averaging models.\f

    Parameters
    ----------
    version : bool, default False
        Show the version and exit.
    """  # noqa: D301 - help ends at the form feed
    if version:
        from fastavg import __version__

        typer.echo(f"fastavg {__version__}")
        raise typer.Exit


def main() -> None:
    """Entry point of the ``fastavg`` script."""
    sys.exit(run(app, sys.argv[1:]))
