"""Where the ``fastavg`` script starts: streams, ranks and signals first, then what takes time."""

from __future__ import annotations

import gc

from .process.interrupts import Stopped, say, watch
from .process.streams import prepare_streams


def main() -> None:
    """Entry point of the ``fastavg`` script."""
    # Imports make a hundred thousand objects that stay; to look for cycles among them is vain.
    gc.set_threshold(50_000)
    prepare_streams()
    try:
        watch()
        _guard()
        from .app import main as run

        run()
    except Stopped as stop:
        say(stop.number)
        raise SystemExit(stop.exit_code) from None


def _guard() -> None:
    """Have the death of one of several ranks noticed from now on, while it still imports."""
    from fastavg.communicators.mpi.launch import launched

    launch = launched()
    if launch is not None and launch.size > 1:
        from fastavg.communicators.mpi.abort import install_exception_hook

        install_exception_hook()
