"""Children that ``multiprocessing`` spawns, where there is no fork server."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from threading import Event
from typing import ClassVar

from fastavg.errors import WorkerLost
from fastavg.machine.interpreter import changed_environment, interpreter, search_path
from fastavg.machine.pipes import open_pipe
from fastavg.training.team.child import Child
from fastavg.training.team.environment import THREAD_VARIABLES


class SpawnLauncher:
    """Children that ``multiprocessing`` spawns."""

    # Starting one changes the main module and the search path for a moment.
    beside: ClassVar[bool] = False

    def start(self, unwanted: Event | None = None) -> Child:
        """Start one; it imports fastavg, not the user's main module.

        Parameters
        ----------
        unwanted : threading.Event, optional
            Not used: nothing is waited for.
        """
        # Here, because the other launcher must be able to start before NumPy is loaded.
        from fastavg.training.team.worker import work

        python = interpreter()
        if python is None:
            raise WorkerLost(
                "no process can be started, for this program is no plain Python interpreter; "
                "processes=1 runs without"
            )
        context = multiprocessing.get_context("spawn")
        context.set_executable(python)
        ours, theirs = open_pipe()
        process = context.Process(target=work, args=(theirs,), daemon=True)
        # Numba reads its own number of threads again whenever it changes, also in this process.
        values = dict.fromkeys(set(THREAD_VARIABLES) - {"NUMBA_NUM_THREADS"}, "1")
        values["PYTHONSAFEPATH"] = "1"
        with _alone(), changed_environment(values), _unattended_main(), _reordered_path():
            process.start()
        theirs.close()
        return SpawnedChild(ours, process)


class SpawnedChild:
    """A child of :class:`SpawnLauncher`.

    Parameters
    ----------
    connection : Connection
        Our end of its pipe.
    process : multiprocessing process
        As it was started.
    """

    def __init__(self, connection: Connection, process: multiprocessing.process.BaseProcess):
        self.connection, self._process = connection, process
        self.pid = int(process.pid or 0)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    def wait(self, seconds: float) -> bool:
        """True once it is gone; see :meth:`Child.wait`."""
        return bool(wait([self._process.sentinel], seconds))

    def exit_code(self) -> int | None:
        """Minus its signal, or its exit code."""
        self._process.join(1.0)
        return self._process.exitcode

    def close(self) -> None:
        """Let go of it."""
        self.connection.close()
        # Its pipe closes a moment before it can be reaped, and only then lets go of its own.
        self._process.join(1.0)
        if not self._process.is_alive():
            self._process.close()


_lock = threading.Lock()


@contextmanager
def _alone() -> Iterator[None]:
    with _lock:
        yield


@contextmanager
def _reordered_path() -> Iterator[None]:
    # The child takes over this process's search path, whatever it was started with.
    before = sys.path
    first, last = search_path()
    sys.path = first + last
    try:
        yield
    finally:
        sys.path = before


@contextmanager
def _unattended_main() -> Iterator[None]:
    # multiprocessing imports the main module again in every spawned child; a script
    # without a __main__ guard would train again there.  Children need fastavg alone.
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
