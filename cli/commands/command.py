"""A function as a command of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer


def made(function: Callable[..., None], cls: type[Any] | None = None) -> Any:
    """The command that reads a function's options from its signature.

    Parameters
    ----------
    function : callable
        Runs the command; its parameters are annotated with typer's options and arguments.
    cls : type, optional
        Class of the command; typer's own if None.

    Returns
    -------
    command
        For use in a group.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(cls=cls)(function)
    return typer.main.get_command(app)
