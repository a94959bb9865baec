"""Failpoints: named places of a run at which a test can inject a fault.

The environment variable ``FASTAVG_FAILPOINT_LISTENER=package.module:function`` names a
function that is called as ``function(name, round, worker)`` at every failpoint, in the
parent and in every process of the team; ``tests/faults/injector.py`` has one.  Without a
listener a failpoint costs one comparison.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module

# Failpoints that a process of the team passes, and those that the parent passes.
PROCESS_FAILPOINTS = ("attached", "ready", "task", "trained", "stored-half", "stored", "reported")
PARENT_FAILPOINTS = (
    "started", "handed-out", "noticed", "gathered", "averaging", "averaged", "committed",
    "file-open", "file-half", "file-synced", "file-named",
)
Listener = Callable[[str, int, int], object]


def _named_listener() -> Listener | None:
    module, _, name = os.environ.get("FASTAVG_FAILPOINT_LISTENER", "").partition(":")
    if not name:
        return None
    found: Listener = getattr(import_module(module), name)
    return found


listener: Listener | None = _named_listener()


def failpoint(name: str, round: int = -1, worker: int = -1) -> None:
    """Call the listener, if there is one.

    Parameters
    ----------
    name : str
        One of ``PROCESS_FAILPOINTS`` or ``PARENT_FAILPOINTS``.
    round : int, default -1
        The round that is being computed; -1 outside a round.
    worker : int, default -1
        The worker concerned; -1 if there is none.
    """
    if listener is not None:
        listener(name, round, worker)
