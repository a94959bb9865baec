"""Where the ``fastavg`` script starts: streams and signals first, then what takes time."""

from __future__ import annotations

from .process.interrupts import Stopped, say, watch
from .process.streams import prepare_streams


def main() -> None:
    """Entry point of the ``fastavg`` script."""
    prepare_streams()
    try:
        watch()
        from .app import main as run

        run()
    except Stopped as stop:
        say(stop.number)
        raise SystemExit(stop.exit_code) from None
