"""The moments of a run at which a test may step in.

``FASTAVG_PHASE_LISTENER=package.module:function`` names a function that is called as
``function(phase, round, worker)`` in the parent and in every process; the fault
injector in ``tests/faults`` is one.  Otherwise a phase costs one comparison.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module

PROCESS_PHASES = ("attached", "ready", "task", "trained", "stored-half", "stored", "reported")
PARENT_PHASES = (
    "started", "handed-out", "noticed", "gathered", "averaging", "averaged", "committed",
    "file-open", "file-half", "file-synced", "file-named",
)
Listener = Callable[[str, int, int], object]


def _named_listener() -> Listener | None:
    module, _, name = os.environ.get("FASTAVG_PHASE_LISTENER", "").partition(":")
    if not name:
        return None
    found: Listener = getattr(import_module(module), name)
    return found


listener: Listener | None = _named_listener()


def reached(phase: str, round: int = -1, worker: int = -1) -> None:
    """Tell the listener, if there is one."""
    if listener is not None:
        listener(phase, round, worker)
