"""Communicators: what carries weights between ranks, found by name.

Third parties register theirs under the entry-point group ``fastavg.communicators``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from fastavg.communicators.contract import Communicator, Exchanger
from fastavg.communicators.local import LocalCommunicator
from fastavg.communicators.mpi.launch import launched
from fastavg.communicators.threaded import ThreadedCommunicator
from fastavg.errors import ConfigError

__all__ = [
    "Communicator",
    "Exchanger",
    "LocalCommunicator",
    "ThreadedCommunicator",
    "connect",
]

GROUP = "fastavg.communicators"


def connect(communicator: str | Communicator | None) -> Communicator:
    """The communicator of a name; ``None`` is the local one, an instance is itself.

    ``auto`` is ``mpi`` in a process that mpiexec or srun started with others, else
    ``local``.

    Raises
    ------
    ConfigError
        If nobody registered the name, or the communicator cannot be used.

    >>> connect(None).size
    1
    """
    if communicator == "auto":
        launch = launched()
        communicator = "mpi" if launch is not None and launch.size > 1 else "local"
    if communicator is None or communicator == "local":
        return LocalCommunicator()
    if not isinstance(communicator, str):
        return communicator
    made: Communicator = _maker(communicator)()
    return made


def _maker(name: str) -> Any:
    if name == "mpi":
        return import_module("fastavg.communicators.mpi.communicator").MPICommunicator
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted({"auto", "local", "mpi", *found}))
        raise ConfigError(f"communicator {name!r} is unknown; choose {known}")
    return found[name].load()
