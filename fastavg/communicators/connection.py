"""The communicator of a name, built in or registered by another package.

Packages register theirs under the entry-point group ``fastavg.communicators``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from fastavg.communicators.contract import Communicator
from fastavg.communicators.local import LocalCommunicator
from fastavg.communicators.mpi.launch import launched
from fastavg.errors import ConfigError
from fastavg.kernels.jit.plain_path import plain_search_path

GROUP = "fastavg.communicators"


def connect(communicator: str | Communicator | None) -> Communicator:
    """Connect this rank with the others.

    Parameters
    ----------
    communicator : str, Communicator or None
        ``"local"`` or None: this process is the only rank.  ``"mpi"``: the ranks that
        mpiexec or srun started.  ``"auto"``: ``"mpi"`` in a process that such a launcher
        started together with others, else ``"local"``.  Any other name: the communicator
        that a package registered under the entry-point group ``fastavg.communicators``.
        A communicator is returned as it is.  ``"tcp"`` needs more than a name:
        :class:`~fastavg.communicators.TCPCommunicator`, or the options of
        :class:`~fastavg.Execution`.

    Returns
    -------
    Communicator
        Connected.  From then on a rank that fails aborts the others, too
        (:mod:`fastavg.communicators.mpi.abort`).

    Raises
    ------
    ConfigError
        If the name is unknown, or the communicator cannot be used here.

    Examples
    --------
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
    made: Communicator = _factory(communicator)()
    return made


def _factory(name: str) -> Any:
    if name == "mpi":
        return import_module("fastavg.communicators.mpi.communicator").MPICommunicator
    if name == "tcp":
        raise ConfigError(
            "communicator tcp needs an address, a rank, a size and a key: "
            "TCPCommunicator(rendezvous, rank, size, key), or the fields of Execution"
        )
    with plain_search_path():
        found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted({"auto", "local", "mpi", "tcp", *found}))
        raise ConfigError(f"communicator {name!r} is unknown; choose {known}")
    return found[name].load()
