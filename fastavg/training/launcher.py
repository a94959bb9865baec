"""How a process of the team comes to life.

On Linux a nursery does it (:mod:`fastavg.training.nursery`): a process that has
imported everything and loaded the kernels, and forks children on request within
milliseconds.  Elsewhere ``multiprocessing`` spawns each one.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Protocol

from fastavg.hardware import THREAD_VARIABLES


class Child(Protocol):
    """A process that was started, seen from its parent."""

    connection: Connection
    pid: int

    def kill(self) -> None:
        """End it without asking."""
        ...

    def wait(self, seconds: float) -> bool:
        """True once it is gone."""
        ...

    def exit_code(self) -> int | None:
        """Minus its signal, or its exit code, once it is gone; None if nobody knows."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Launcher(Protocol):
    """Starts processes."""

    def start(self) -> Child:
        """A new process that serves tasks on its connection."""
        ...


def exit_words(code: int | None) -> str:
    """An exit code as a person says it.

    >>> exit_words(-9), exit_words(3)
    ('SIGKILL', 'exit code 3')
    """
    if code is None:
        return "an unknown end"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def launcher(dtype: str) -> Launcher:
    """The launcher that suits this system, or ``FASTAVG_START`` (``nursery`` or ``spawn``)."""
    asked = os.environ.get("FASTAVG_START")
    if asked != "spawn" and sys.executable and _has_process_handles():
        from fastavg.training.nursery import NurseryLauncher

        return NurseryLauncher(dtype)
    return SpawnLauncher()


def _has_process_handles() -> bool:
    if not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


class SpawnLauncher:
    """Children that ``multiprocessing`` spawns."""

    def start(self) -> Child:
        """Start one; it imports fastavg, not the user's main module."""
        # Here, because the other launcher must be able to start before NumPy is loaded.
        from fastavg.training.worker import work

        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(target=work, args=(theirs,), daemon=True)
        with _alone(), _single_threaded(), _unattended_main():
            process.start()
        theirs.close()
        return SpawnedChild(ours, process)


class SpawnedChild:
    """A child of :class:`SpawnLauncher`."""

    def __init__(self, connection: Connection, process: multiprocessing.process.BaseProcess):
        self.connection, self._process = connection, process
        self.pid = int(process.pid or 0)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    def wait(self, seconds: float) -> bool:
        """True once it is gone."""
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
def _single_threaded() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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
