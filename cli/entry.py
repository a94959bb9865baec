"""Where the ``fastavg`` script starts: signals first, then everything that takes time."""

from __future__ import annotations

from .process.interrupts import Stopped, say, watch


def main() -> None:
    """Entry point of the ``fastavg`` script."""
    try:
        watch()
        from .app import main as run

        run()
    except Stopped as stop:
        say(stop.number)
        raise SystemExit(stop.exit_code) from None
