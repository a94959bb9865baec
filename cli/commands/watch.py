"""``fastavg watch``: a page on this machine that follows runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .command import made


def watch(
    folders: Annotated[list[Path], typer.Argument(
        help="Run folders, or folders with run folders in them; also of another machine.",
    )],
    port: Annotated[int, typer.Option(help="0 for any that is free.")] = 0,
    open_browser: Annotated[bool, typer.Option(
        "--open", help="Show the page in the browser.",
    )] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object: the address.")] = False,
) -> None:
    """Serve a page on this machine that follows runs, until Ctrl-C.

    The page can only be read with the token in its address. No file is written.

    Example: fastavg watch results\f

    Parameters
    ----------
    folders : list of path
        Run folders, or folders with run folders in them.
    port : int, default 0
        0 for any that is free.
    open_browser : bool, default False
        Show the page in the browser.
    json : bool, default False
        Write one JSON object.
    """  # noqa: D301 - help ends at the form feed
    from fastavg.reports.live_server import LiveServer

    from ..terminal.output import write_json, write_line

    with LiveServer(folders, port) as server:
        if json:
            write_json({"event": "watching", "url": server.url})
        else:
            write_line(f"watching  {server.url}  (Ctrl-C ends)")
        if open_browser:
            import webbrowser

            webbrowser.open(server.url)
        server.serve_forever()


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(watch)
