"""How a process of the team comes to life.

On Linux a fork server does it (:mod:`fastavg.training.team.fork_server`): a process that
has imported everything and loaded the kernels, and forks children on request within
milliseconds.  Elsewhere ``multiprocessing`` spawns each one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Event
from typing import ClassVar, Protocol

from fastavg.machine.interpreter import interpreter
from fastavg.training.team.child import Child


class Launcher(Protocol):
    """Starts processes.

    Attributes
    ----------
    beside : bool
        Whether a thread may start them while the program does something else.
    """

    beside: ClassVar[bool]

    def start(self, unwanted: Event | None = None) -> Child:
        """A new process that serves tasks on its connection.

        Parameters
        ----------
        unwanted : threading.Event, optional
            Once it is set, which another thread may do, the process is not waited for.

        Raises
        ------
        CancelledError
            If it is unwanted.
        """
        ...


def launcher(dtype: str, parts: Sequence[str] = ("training",)) -> Launcher:
    """The launcher that suits this system, or ``FASTAVG_START`` (``fork-server`` or ``spawn``).

    Parameters
    ----------
    dtype : str
        Of the kernels: ``float32`` or ``float64``.
    parts : sequence of str
        Kernels that a forked process finds loaded.
    """
    asked = os.environ.get("FASTAVG_START")
    if asked != "spawn" and _has_process_handles():
        from fastavg.training.team.fork_server import ForkServerLauncher

        return ForkServerLauncher(dtype, parts)
    from fastavg.training.team.spawned import SpawnLauncher

    return SpawnLauncher()


def prepare_launcher(dtype: str) -> None:
    """Let the fork server load its kernels already, if this program can start one.

    Parameters
    ----------
    dtype : str
        Of the kernels: ``float32`` or ``float64``.
    """
    if interpreter() is not None:
        launcher(dtype)


def _has_process_handles() -> bool:
    if not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True
