"""The nursery: a process that has everything loaded and forks children on request.

.. code-block:: text

    parent --- control pipe ---> nursery      "a child, please" + its end of a new pipe
    parent <-- control pipe ---- nursery      (started, pid), later (ended, pid, exit code)
    parent === new pipe ======== child        tasks and reports
    parent --- lifeline -------> everybody    never written to; closes when the parent dies

It plays the part of ``multiprocessing``'s fork server, without that one's socket in
the file system and resource tracker, which outlive a parent that is killed.  It has
one thread, so its forks are safe.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import reduction
from multiprocessing.connection import Connection, wait
from typing import Any

from fastavg.errors import WorkerLost
from fastavg.hardware import single_thread_environment

START_DEADLINE = 60.0
BOOT = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
path, control, lifeline, dtype = json.loads(sys.argv[1])
sys.path[:] = path
from fastavg.training.nursery import serve
serve(control, lifeline, dtype)
"""


class NurseryChild:
    """A child that the nursery forked."""

    def __init__(self, nursery: Nursery, connection: Connection, pid: int) -> None:
        self._nursery, self.connection, self.pid = nursery, connection, pid

    def kill(self) -> None:
        """Send SIGKILL, unless it is known to be gone and its number may be another's."""
        if not self.wait(0):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """True once it is gone."""
        return self._nursery.ended(self.pid, seconds)

    def cause(self) -> str:
        """Its signal or exit code."""
        from fastavg.training.launcher import words

        self.wait(1.0)
        return words(self._nursery.exits.get(self.pid))


class Nursery:
    """The parent's side."""

    def __init__(self, dtype: str) -> None:
        self.exits: dict[int, int] = {}
        self.parent = os.getpid()
        self._control, theirs = multiprocessing.Pipe(duplex=True)
        read, self._lifeline = os.pipe()
        arguments = json.dumps([sys.path, theirs.fileno(), read, dtype])
        # Ctrl-C goes to the whole group; the nursery must not see it before it can ignore it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            self._process = subprocess.Popen(
                [sys.executable, *subprocess._args_from_interpreter_flags(),  # type: ignore[attr-defined]
                 "-c", BOOT, arguments],
                pass_fds=(theirs.fileno(), read), stdin=subprocess.DEVNULL,
                env=single_thread_environment(),
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            theirs.close()
            os.close(read)

    @property
    def alive(self) -> bool:
        """True if it can be asked for children."""
        return self._process.poll() is None and self.parent == os.getpid()

    def start(self) -> NurseryChild:
        """Ask for a child.

        Raises
        ------
        WorkerLost
            If the nursery cannot start one.
        """
        ours, theirs = multiprocessing.Pipe(duplex=True)
        try:
            self._control.send("child")
            reduction.send_handle(self._control, theirs.fileno(), self._process.pid)
            theirs.close()
            deadline = time.monotonic() + START_DEADLINE
            while self._control.poll(max(0.0, deadline - time.monotonic())):
                word, pid, *rest = self._control.recv()
                if word == "started":
                    return NurseryChild(self, ours, pid)
                self.exits[pid] = rest[0]
        except (OSError, EOFError):
            pass
        ours.close()
        raise WorkerLost(
            "no process could be started: the one that starts them ended with "
            f"{self._process.poll()}; --processes 1 runs without"
        )

    def warm(self, dtype: str) -> None:
        """Have the kernels of another dtype loaded before the next child."""
        self._control.send(dtype)

    def ended(self, pid: int, seconds: float) -> bool:
        """True once child ``pid`` is gone."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(OSError, EOFError):
            while pid not in self.exits:
                if not self._control.poll(max(0.0, deadline - time.monotonic())):
                    return False
                _, gone, code = self._control.recv()
                self.exits[gone] = code
        return True

    def close(self) -> None:
        """End it; children end with their pipes."""
        if self.parent != os.getpid():
            return
        self._control.close()
        os.close(self._lifeline)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5.0)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


_nursery: Nursery | None = None
_lock = threading.Lock()


def nursery(dtype: str) -> Nursery:
    """This process's nursery; started at the first call, kept for the next run."""
    global _nursery
    with _lock:
        if _nursery is not None and _nursery.alive:
            _nursery.warm(dtype)
        else:
            _nursery = Nursery(dtype)
        return _nursery


@atexit.register
def close_nursery() -> None:
    """End this process's nursery, if there is one."""
    global _nursery
    ours, _nursery = _nursery, None
    if ours is not None:
        ours.close()


def serve(control_handle: int, lifeline: int, dtype: str) -> None:
    """The nursery's own loop."""
    from fastavg.kernels.warm import warm_up

    context = multiprocessing.get_context("fork")
    control: Connection = Connection(control_handle)
    children: dict[int, Any] = {}
    try:
        warm_up(dtype)
        while True:
            for ready in wait([control, *children]):
                if ready is not control:
                    child = children.pop(ready)  # type: ignore[arg-type]
                    child.join()
                    control.send(("ended", child.pid, child.exitcode))
                    continue
                order = control.recv()
                if order != "child":
                    warm_up(order)
                    continue
                handle = reduction.recv_handle(control)
                child = context.Process(target=_live, args=(handle, lifeline, control_handle))
                child.start()
                os.close(handle)
                children[child.sentinel] = child
                control.send(("started", child.pid))
    except (EOFError, OSError):
        os._exit(0)


def _live(handle: int, lifeline: int, control_handle: int) -> None:
    from fastavg.training.worker import work

    os.close(control_handle)
    threading.Thread(target=_leave_with_parent, args=(lifeline,), daemon=True).start()
    work(Connection(handle))


def _leave_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)
