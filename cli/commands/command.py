"""A function as a command of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer


def made(function: Callable[..., None], cls: type[Any] | None = None) -> Any:
    """The command that reads a function's options from its signature."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(cls=cls)(function)
    return typer.main.get_command(app)
