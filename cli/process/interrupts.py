"""Ctrl-C, SIGTERM and a closed terminal end the command within a second.

The first signal raises :class:`Stopped` in the main thread, which lets training write
its checkpoint and end its processes.  Python runs signal handlers only between two
steps of the interpreter, and a compiler or a library may keep it from taking one; so
a thread watches the clock, and leaves for the main thread when that is late.  The
second signal leaves at once.  Nothing is left behind either way: the processes of the
team end with this one, and files are whole or not there at all.

This module is imported before all others, so it imports next to nothing itself.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from types import FrameType

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
GRACE = 0.5
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
_said = threading.Event()
# The exit code and the last line of an end that another thread asks for.
_cause: tuple[int, str] | None = None


class Stopped(BaseException):
    """A signal asked for the end; only the top of the program catches it.

    Parameters
    ----------
    number : int
        The signal's number.
    """

    def __init__(self, number: int) -> None:
        self.number, self.note = number, ""
        super().__init__(number)

    @property
    def exit_code(self) -> int:
        """As shells count: 128 and the signal's number; another thread's cause has its own."""
        return code_of(self.number)


def stop_with(code: int, line: str) -> None:
    """End the command like a signal, from any thread, for another cause.

    Parameters
    ----------
    code : int
        The exit code.
    line : str
        The last line, without the program's name.
    """
    global _cause
    _cause = code, line
    os.kill(os.getpid(), signal.SIGTERM)


def code_of(number: int) -> int:
    """The exit code that a signal ends the command with.

    Parameters
    ----------
    number : int
        The signal's number.
    """
    return 128 + number if _cause is None else _cause[0]


def watch() -> None:
    """Attend to signals from now on; call it in the main thread."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in SIGNALS:
        # What the caller wants ignored (nohup) stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    threading.Thread(target=_attend, args=(read,), name="signals", daemon=True).start()


def leave_at_once() -> None:
    """From now on a signal ends the process without further ado: its work is done."""
    for number in SIGNALS:
        if signal.getsignal(number) is _stop:
            signal.signal(number, _leave)


def last_line(number: int, note: str = "") -> str:
    """What to say at the end; nothing if it was said.

    Parameters
    ----------
    number : int
        The signal's number.
    note : str
        More to say in the same sentence.
    """
    if _said.is_set():
        return ""
    _said.set()
    if _cause is not None:
        return f"fastavg: {_cause[1]}{note}\n"
    return f"fastavg: {WORDS.get(signal.Signals(number), 'hung up')}{note}\n"


def say(number: int) -> None:
    """Write the last line to standard error.

    Parameters
    ----------
    number : int
        The signal's number.
    """
    try:
        os.write(2, last_line(number).encode())
    except OSError:
        return


def _stop(number: int, frame: FrameType | None) -> None:
    if _nothing_is_open(frame):
        say(number)
        _go(code_of(number))
    # Later signals are the watching thread's business.
    for each in SIGNALS:
        if signal.getsignal(each) is _stop:
            signal.signal(each, _ignore)
    raise Stopped(number)


def _nothing_is_open(frame: FrameType | None) -> bool:
    # In the middle of an import or of a compilation.  The compiler calls Python back from
    # C, where an exception would be printed and forgotten.
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(("numba.", "llvmlite.", "importlib._bootstrap")):
            return True
        frame = frame.f_back
    return False


def _ignore(number: int, frame: FrameType | None) -> None:
    return


def _leave(number: int, frame: FrameType | None) -> None:
    _go(code_of(number))


def _go(code: int) -> None:
    # Leaving on purpose is not a lost rank.  A module whose import was interrupted has no
    # functions yet, and no ranks.
    mpi = sys.modules.get("fastavg.communicators.mpi.abort")
    getattr(mpi, "release_guardian", _nothing)()
    tcp = sys.modules.get("fastavg.communicators.tcp.tcp_communicator")
    getattr(tcp, "abort_open", _nothing)("it was ended by a signal")
    os._exit(code)


def _nothing(*arguments: str) -> None:
    return


def _attend(read: int) -> None:
    number = os.read(read, 1)[0]
    while not select.select([read], [], [], GRACE)[0]:
        # A checkpoint on its way to the disk is waited for, unless asked again.
        files = sys.modules.get("fastavg.machine.atomic_file")
        if files is None or not files.writing():
            break
    say(number)
    _go(code_of(number))
