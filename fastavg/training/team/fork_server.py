"""The fork server: a process that has everything loaded and forks children on request.

.. code-block:: text

    parent --- control pipe ---> fork server   kernels to load, and the child's end of a new pipe
    parent <-- control pipe ---- fork server   (started, pid), later (ended, pid, exit code)
    parent === new pipe ======== child         tasks and reports
    parent --- lifeline -------> all processes never written to; closes when the parent dies

It does without the socket in the file system and the resource tracker that
``multiprocessing``'s fork server has, which outlive a parent that is killed.  It has one
thread, so its forks are safe; the kernel ends it with a signal when the lifeline closes,
also in the middle of a compilation.

Children of a fork server that dies go on, and the next child comes from a new server.

The server loads fastavg from the folder that the parent loaded it from, and everything
else from the parent's search path without the working folder and the script's
(:mod:`fastavg.machine.interpreter`); what is nowhere else is found there in the end.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import signal
import subprocess
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import CancelledError
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Event
from typing import ClassVar

from fastavg.errors import WorkerLost
from fastavg.machine.interpreter import interpreter, search_path
from fastavg.machine.pipes import open_lifeline, open_pipe, send_descriptor
from fastavg.training.team.child import exit_words
from fastavg.training.team.environment import single_thread_environment
from fastavg.training.team.stall import Stall, deadline

TRIES = 3
# Seconds between looks whether a child is still wanted.
MOMENT = 0.05
# Nothing is imported before the search path is set.
BOOT = """
import sys
control, lifeline, dtype, package, number, *folders = sys.argv[1:]
sys.argv[1:], sys.path[:] = [], folders[: int(number)]
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location(
    "fastavg", package + "/__init__.py", submodule_search_locations=[package]
)
sys.modules["fastavg"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["fastavg"])
from fastavg.training.team.fork_server_loop import serve
serve(int(control), int(lifeline), dtype, folders[int(number) :])
"""
PACKAGE = str(Path(__file__).absolute().parents[2])


class ForkedChild:
    """A child that the fork server forked.

    Parameters
    ----------
    server : ForkServer
        Knows how it ended.
    connection : Connection
        Our end of its pipe.
    pid : int
        Its process number.
    """

    def __init__(self, server: ForkServer, connection: Connection, pid: int) -> None:
        self._server, self.connection, self.pid = server, connection, pid
        # A handle on the process itself: its number may be another's one day.
        self._handle = os.pidfd_open(pid)

    def kill(self) -> None:
        """Send SIGKILL."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """True once it is gone; see :meth:`Child.wait`."""
        return bool(wait([self._handle], seconds))

    def exit_code(self) -> int | None:
        """Minus its signal, or its exit code; None if the server died before it could report it."""
        return self._server.exit_code(self.pid)

    def close(self) -> None:
        """Let go of it."""
        self.connection.close()
        os.close(self._handle)


class ForkServer:
    """The parent's side.

    Parameters
    ----------
    dtype : str
        Of the kernels to load first: ``float32`` or ``float64``.
    """

    def __init__(self, dtype: str) -> None:
        self._exits: dict[int, int] = {}
        # Children that nobody waits for any more; they end by themselves, with their pipes.
        self._called_off = 0
        self._lock = threading.Lock()
        self._limit = deadline()
        self.parent = os.getpid()
        python = interpreter()
        if python is None:
            raise WorkerLost(
                "no process can be started, for this program is no plain Python interpreter; "
                "processes=1 runs without"
            )
        first, last = search_path()
        self._control, theirs = open_pipe()
        read, write = open_lifeline()
        # Children keep their server, and so the lifeline, as long as they are known.
        self._cut = weakref.finalize(self, os.close, write)
        # Ctrl-C goes to the whole group; the server must not see it before it can ignore it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            self._process = subprocess.Popen(
                [python, *subprocess._args_from_interpreter_flags(), "-P",  # type: ignore[attr-defined]
                 "-c", BOOT, str(theirs.fileno()), str(read), dtype, PACKAGE, str(len(first)),
                 *first, *last],
                pass_fds=(theirs.fileno(), read), stdin=subprocess.DEVNULL,
                stdout=_stream(1), stderr=_stream(2), env=single_thread_environment(),
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

    def start(
        self, dtype: str, parts: Sequence[str] = ("training",), unwanted: Event | None = None
    ) -> ForkedChild | None:
        """A child with the kernels of a dtype, or None if the server has ended.

        Parameters
        ----------
        dtype : str
            Of the kernels: ``float32`` or ``float64``.
        parts : sequence of str
            Kernels that it finds loaded.
        unwanted : threading.Event, optional
            Once it is set, the child is not waited for.

        Raises
        ------
        CancelledError
            If it is unwanted.
        """
        ours, theirs = open_pipe()
        try:
            with self._lock:
                try:
                    self._control.send((dtype, *parts))
                    send_descriptor(self._control, theirs.fileno())
                    pid = self._hear_of_start(unwanted)
                except CancelledError:
                    self._called_off += 1
                    raise
                except BaseException:
                    # Half a conversation cannot be taken up again.
                    self.close()
                    raise
            return ForkedChild(self, ours, pid)
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

    def _hear_of_start(self, unwanted: Event | None) -> int:
        stall = Stall(self._process.pid, self._limit)
        while True:
            if self._control.poll(MOMENT):
                if pid := self._hear():
                    return pid
            elif unwanted is not None and unwanted.is_set():
                raise CancelledError
            elif stall.hung():
                raise EOFError

    def _hear(self) -> int | None:
        """Take one message; the number of the child that has been asked for last, if it is that."""
        word, pid, *rest = self._control.recv()
        if word == "ended":
            self._exits[pid] = rest[0]
        elif self._called_off:
            self._called_off -= 1
        else:
            return int(pid)
        return None

    def exit_code(self, pid: int) -> int | None:
        """How a child that is gone has ended, as far as it is known.

        Parameters
        ----------
        pid : int
            Its process number.
        """
        with self._lock, contextlib.suppress(OSError, EOFError):
            while pid not in self._exits and self._control.poll(1.0):
                self._hear()
        return self._exits.pop(pid, None)

    @property
    def ended(self) -> str:
        """How the server itself has ended, in words."""
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


class ForkServerLauncher:
    """Starts children from this process's fork server, which is kept for the next run.

    Parameters
    ----------
    dtype : str
        Of the kernels: ``float32`` or ``float64``.
    parts : sequence of str
        Kernels that children find loaded.
    """

    beside: ClassVar[bool] = True

    def __init__(self, dtype: str, parts: Sequence[str] = ("training",)) -> None:
        self._dtype, self._parts = dtype, tuple(parts)
        _running_server(dtype)

    def start(self, unwanted: Event | None = None) -> ForkedChild:
        """A child; from a new server if the old one has died.

        Parameters
        ----------
        unwanted : threading.Event, optional
            Once it is set, the child is not waited for.

        Raises
        ------
        WorkerLost
            If three servers in a row cannot start one.
        CancelledError
            If it is unwanted.
        """
        for _ in range(TRIES):
            server = _running_server(self._dtype)
            child = server.start(self._dtype, self._parts, unwanted)
            if child is not None:
                return child
        raise WorkerLost(
            f"no process could be started: the one that starts them ended {TRIES} times, at last "
            f"with {server.ended}; --processes 1 runs without"
        )


def _stream(number: int) -> int | None:
    # A stream that is closed here must not be the number of something else there.
    try:
        os.fstat(number)
    except OSError:
        return subprocess.DEVNULL
    return None


_server: ForkServer | None = None
_lock = threading.Lock()


def _running_server(dtype: str) -> ForkServer:
    global _server
    with _lock:
        if _server is None or not _server.alive:
            _server = ForkServer(dtype)
        return _server


@atexit.register
def close_fork_server() -> None:
    """End this process's fork server, if there is one."""
    global _server
    ours, _server = _server, None
    if ours is not None:
        ours.close()


def _forget_server() -> None:
    # A forked copy of the parent must not keep the lifeline open after the parent's death.
    global _server, _lock
    ours, _server, _lock = _server, None, threading.Lock()
    if ours is not None:
        ours.forget()


os.register_at_fork(after_in_child=_forget_server)
