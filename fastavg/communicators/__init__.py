"""Communicators: what carries weights between ranks, found by name.

Third parties register theirs under the entry-point group ``fastavg.communicators``.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from fastavg.communicators.contract import Communicator
from fastavg.communicators.local import LocalCommunicator
from fastavg.communicators.threaded import ThreadedCommunicator
from fastavg.errors import ConfigError

__all__ = ["Communicator", "LocalCommunicator", "ThreadedCommunicator", "connect"]

GROUP = "fastavg.communicators"


def connect(communicator: str | Communicator | None) -> Communicator:
    """The communicator of a name; ``None`` is the local one, an instance is itself.

    Raises
    ------
    ConfigError
        If nobody registered the name.

    >>> connect(None).size
    1
    """
    if communicator is None or communicator == "local":
        return LocalCommunicator()
    if not isinstance(communicator, str):
        return communicator
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if communicator not in found:
        known = ", ".join(sorted({"local", *found}))
        raise ConfigError(f"communicator {communicator!r} is unknown; choose {known}")
    made: Communicator = found[communicator].load()()
    return made
