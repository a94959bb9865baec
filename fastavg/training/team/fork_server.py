"""The nursery: a process that has everything loaded and forks children on request.

.. code-block:: text

    parent --- control pipe ---> nursery      "a child, please" + its end of a new pipe
    parent <-- control pipe ---- nursery      (started, pid), later (ended, pid, exit code)
    parent === new pipe ======== child        tasks and reports
    parent --- lifeline -------> everybody    never written to; closes when the parent dies

It plays the part of ``multiprocessing``'s fork server, without that one's socket in
the file system and resource tracker, which outlive a parent that is killed.  It has
one thread, so its forks are safe; the kernel ends it with a signal when the lifeline
closes, also in the middle of a compilation.

A nursery that dies takes nobody with it: its children go on, and the next one that is
needed comes from a new nursery.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import weakref
from multiprocessing import reduction
from multiprocessing.connection import Connection, wait

from fastavg.errors import WorkerLost
from fastavg.training.team.child import exit_words
from fastavg.training.team.environment import single_thread_environment
from fastavg.training.team.stall import Stall, deadline

TRIES = 3
BOOT = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
path, control, lifeline, dtype = json.loads(sys.argv[1])
sys.path[:] = path
from fastavg.training.team.fork_server_loop import serve
serve(control, lifeline, dtype)
"""


class NurseryChild:
    """A child that the nursery forked."""

    def __init__(self, nursery: Nursery, connection: Connection, pid: int) -> None:
        self._nursery, self.connection, self.pid = nursery, connection, pid
        # A handle on the process itself: its number may be another's one day.
        self._handle = os.pidfd_open(pid)

    def kill(self) -> None:
        """Send SIGKILL."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """True once it is gone."""
        return bool(wait([self._handle], seconds))

    def exit_code(self) -> int | None:
        """Minus its signal, or its exit code; None if the nursery died before it could tell."""
        return self._nursery.exit_code(self.pid)

    def close(self) -> None:
        """Let go of it."""
        self.connection.close()
        os.close(self._handle)


class Nursery:
    """The parent's side."""

    def __init__(self, dtype: str) -> None:
        self._exits: dict[int, int] = {}
        self._lock = threading.Lock()
        self._limit = deadline()
        self.parent = os.getpid()
        self._control, theirs = multiprocessing.Pipe(duplex=True)
        read, write = os.pipe()
        # Children keep their nursery, and so the lifeline, as long as they are known.
        self._cut = weakref.finalize(self, os.close, write)
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
        except BaseException:
            self._control.close()
            self._cut()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            theirs.close()
            os.close(read)

    @property
    def alive(self) -> bool:
        """True if it can be asked for children."""
        return (
            self.parent == os.getpid()
            and not self._control.closed
            and self._process.poll() is None
        )

    def start(self, dtype: str) -> NurseryChild | None:
        """A child with the kernels of a dtype, or None if the nursery is no more."""
        ours, theirs = multiprocessing.Pipe(duplex=True)
        try:
            with self._lock:
                try:
                    self._control.send(dtype)
                    reduction.send_handle(self._control, theirs.fileno(), self._process.pid)
                    pid = self._hear_of_start()
                except BaseException:
                    # Half a conversation cannot be taken up again.
                    self.close()
                    raise
            return NurseryChild(self, ours, pid)
        except (OSError, EOFError) as error:
            ours.close()
            if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
                raise
            return None
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()

    def _hear_of_start(self) -> int:
        stall = Stall(self._process.pid, self._limit)
        while True:
            if not self._control.poll(stall.interval):
                if stall.hung():
                    raise EOFError
                continue
            word, pid, *rest = self._control.recv()
            if word == "started":
                return int(pid)
            self._exits[pid] = rest[0]

    def exit_code(self, pid: int) -> int | None:
        """How a child that is gone has ended, as far as it is known."""
        with self._lock, contextlib.suppress(OSError, EOFError):
            while pid not in self._exits and self._control.poll(1.0):
                _, gone, code = self._control.recv()
                self._exits[gone] = code
        return self._exits.pop(pid, None)

    @property
    def ended(self) -> str:
        """How the nursery itself has ended, in words."""
        code = self._process.poll()
        return "no answer" if code is None else exit_words(code)

    def close(self) -> None:
        """End it; children end with their pipes."""
        if self.parent != os.getpid() or self._control.closed:
            return
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Let go of everything that this process inherited by being forked."""
        self._control.close()
        self._cut()


class NurseryLauncher:
    """Starts children in this process's nursery, which is kept for the next run."""

    def __init__(self, dtype: str) -> None:
        self._dtype = dtype
        _living_nursery(dtype)

    def start(self) -> NurseryChild:
        """A child; from a new nursery if the old one has died.

        Raises
        ------
        WorkerLost
            If three nurseries in a row cannot start one.
        """
        for _ in range(TRIES):
            nursery = _living_nursery(self._dtype)
            child = nursery.start(self._dtype)
            if child is not None:
                return child
        raise WorkerLost(
            f"no process could be started: the one that starts them ended {TRIES} times, at last "
            f"with {nursery.ended}; --processes 1 runs without"
        )


_nursery: Nursery | None = None
_lock = threading.Lock()


def _living_nursery(dtype: str) -> Nursery:
    global _nursery
    with _lock:
        if _nursery is None or not _nursery.alive:
            _nursery = Nursery(dtype)
        return _nursery


@atexit.register
def close_nursery() -> None:
    """End this process's nursery, if there is one."""
    global _nursery
    ours, _nursery = _nursery, None
    if ours is not None:
        ours.close()


def _forget_nursery() -> None:
    # A forked copy of the parent must not keep the lifeline open after the parent's death.
    global _nursery, _lock
    ours, _nursery, _lock = _nursery, None, threading.Lock()
    if ours is not None:
        ours.forget()


os.register_at_fork(after_in_child=_forget_nursery)
