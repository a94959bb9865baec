"""Abort all ranks when one of them fails, and report the cause once.

A rank that raises while the others are blocked in a collective would leave them there for
ever.  Therefore it sends its traceback to the others, waits ``LISTEN_SECONDS`` for
theirs, and the lowest rank that failed writes the causes to standard error.  If all ranks
failed (a setting that no rank can use) the run ends with the exit code of the cause,
otherwise with that of a lost rank.  A rank that is killed cannot report anything; its
guardian process does (:mod:`fastavg.communicators.mpi.guardian`).  A rank that exits
while others are blocked in a collective is detected on its way out
(:mod:`fastavg.communicators.mpi.departure`).
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from fastavg.communicators.mpi.departure import Departure
from fastavg.communicators.mpi.guardian import (
    LOSS_SECONDS,
    Guardian,
    start_guardian,
    wait_for_delivery,
)
from fastavg.communicators.mpi.launch import launched
from fastavg.errors import FastavgError, RankMismatch

LISTEN_SECONDS = 0.4
MEETING_SECONDS = 1.5
ABORT_SECONDS = 1.0
TAG = 7
SILENT = "MPIR_CVAR_SUPPRESS_ABORT_MESSAGE"
RANK_LOST = RankMismatch.exit_code
INTERRUPTED = 130
# Exit codes that the whole run keeps; any other failure of some ranks is a lost rank.
OWN_CODES = (2, 3, 4, 129, INTERRUPTED, 141, 143)
_comm: Any = None
_guardian: Guardian | None = None
_departure: Departure | None = None
_ended = False
# A window may be used by one thread while another is in a collective.
_inside, _counting = 0, threading.Lock()


def install_exception_hook() -> None:
    """Have an uncaught exception, or the death, of this process abort all ranks."""
    global _guardian
    sys.excepthook = _exception_hook
    launch = launched()
    if _guardian is None and launch is not None:
        _guardian = start_guardian(launch.rank)
        atexit.register(release_guardian)


@contextlib.contextmanager
def guarded_collective() -> Iterator[None]:
    """Keep the MPI library from aborting all ranks with a page of its own.

    The library ends a rank whose collective fails because another rank was killed.
    """
    global _inside
    if _guardian is None:
        yield
        return
    with _counting:
        _inside += 1
        if _inside == 1:
            _guardian.divert()
    try:
        yield
    finally:
        with _counting:
            _inside -= 1
            if not _inside:
                _guardian.restore()


def library_variables() -> dict[str, str]:
    """Variables for the start of the MPI library: the guardian says why ranks end.

    Whoever sets ``MPIR_CVAR_SUPPRESS_ABORT_MESSAGE`` to 0 hears the library as well.
    """
    if _guardian is None or SILENT in os.environ:
        return {}
    return {SILENT: "1"}


def wait_for_abort() -> None:
    """Give the guardian of a rank that has died the time to say so and to abort this rank.

    To be called by a rank whose collective has failed: that the library lost a connection is
    no cause, but what follows from the death of another rank.  Returns if none has died.
    """
    if _guardian is not None:
        time.sleep(LOSS_SECONDS)


def release_guardian() -> None:
    """Tell the guardian that this process ends in an orderly way: no rank is lost."""
    if _guardian is not None:
        _guardian.release()


def coordinate_through(comm: Any) -> None:
    """Coordinate aborts through a private duplicate of a communicator.

    Only the first call has an effect.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        Of all ranks.
    """
    global _comm, _departure
    if _comm is None and comm.size > 1:
        _comm = comm.Dup()
        install_exception_hook()
        if _guardian is not None:
            _guardian.connected()
        _departure = Departure(_comm)
        atexit.register(_detect_early_exit)


def end_rank(code: int) -> None:
    """End this process, if it is one of several connected ranks; its work is done.

    Until MPI is closed the guardian stays: a rank that is killed while it leaves is reported
    like any other.

    Parameters
    ----------
    code : int
        The exit code.
    """
    if _comm is None:
        return
    from mpi4py import MPI

    _write("")
    atexit.unregister(release_guardian)
    atexit._run_exitfuncs()
    if not MPI.Is_finalized():
        MPI.Finalize()
    release_guardian()
    # The interpreter would take its time, and nobody watches any more.  But the library takes
    # leave of mpiexec in a handler of C's exit, and mpiexec kills all ranks if one ends without.
    ctypes.PyDLL(None).exit(code)


def enter_collective() -> None:
    """Count a collective of all ranks that this rank is about to enter."""
    if _departure is not None:
        _departure.enter()


def _detect_early_exit() -> None:
    from mpi4py import MPI

    if _departure is None or _ended or MPI.Is_finalized():
        return
    try:
        waiting = _departure.wait_for_others()
    except MPI.Exception:
        wait_for_abort()
        raise
    if waiting is not None:
        abort_all(
            f"fastavg: rank {_comm.rank} has ended, but rank {waiting} waits for it; "
            "all ranks must make the same calls\n", RANK_LOST,
        )


def abort_all(text: str, code: int) -> None:
    """Write the cause to standard error, once for all ranks that fail now, and abort all ranks.

    Returns if this process is the only rank; the caller then exits with ``code``.

    Parameters
    ----------
    text : str
        The cause, ending with a newline.
    code : int
        The exit code of the run if all ranks fail, or if the failure is a user's mistake
        or an interrupt; otherwise the run ends with 5.
    """
    global _ended
    if _comm is None and not _ended:
        _connect_late(text, code)
    if _comm is None or _ended:
        _write(text)
        return
    _ended = True
    causes = _exchange_causes(text)
    reporter = min(causes)
    if _comm.rank == reporter:
        _write(_distinct(causes))
    if len(causes) < _comm.size:
        # Give the launcher time to forward the message before it learns of the abort.
        if _comm.rank != reporter:
            time.sleep(1.0)
        _abort(_comm, _of_the_run(code))
    _comm.Barrier()
    _abort(_comm, code)


def _of_the_run(code: int) -> int:
    return code if code in OWN_CODES else RANK_LOST


def _abort(comm: Any, code: int) -> None:
    if _guardian is not None and _guardian.abort(code):
        time.sleep(ABORT_SECONDS)
    wait_for_delivery()
    # MPI_Abort prints a message of its own; the cause is already written.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    comm.Abort(code)


def _write(text: str) -> None:
    # A closed standard output or error is no reason to fail.
    for stream, content in ((sys.stdout, ""), (sys.stderr, text)):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.write(content)
            stream.flush()


def _distinct(causes: dict[int, str]) -> str:
    # Ranks that fail for the same reason differ in their tracebacks, not in the last line.
    distinct: dict[str, str] = {}
    for rank in sorted(causes):
        distinct.setdefault(causes[rank].rstrip().rpartition("\n")[2], causes[rank])
    return "".join(distinct.values())


def _exchange_causes(text: str) -> dict[int, str]:
    from mpi4py import MPI

    causes = {_comm.rank: text}
    note = text.encode()[-8000:]
    sent = [_comm.Isend(note, other, TAG) for other in range(_comm.size) if other != _comm.rank]
    status, deadline = MPI.Status(), time.monotonic() + LISTEN_SECONDS
    while len(causes) < _comm.size and time.monotonic() < deadline:
        if not _comm.Iprobe(MPI.ANY_SOURCE, TAG, status):
            time.sleep(0.002)
            continue
        received = bytearray(status.Get_count())
        _comm.Recv(received, status.source, TAG)
        causes[status.source] = received.decode(errors="replace")
    if len(causes) == _comm.size:
        MPI.Request.Waitall(sent)
    return causes


def _exception_hook(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    code = INTERRUPTED if issubclass(kind, KeyboardInterrupt) else 1
    code = error.exit_code if isinstance(error, FastavgError) else code
    abort_all("".join(traceback.format_exception(kind, error, trace)), code)


def _connect_late(text: str, code: int) -> None:
    # No communicator yet: the others may still reach their first collective, or fail too.
    launch = launched()
    if launch is None or launch.size == 1:
        return
    timer = threading.Timer(MEETING_SECONDS, _abort_alone, [text, code])
    timer.daemon = True
    timer.start()
    try:
        from mpi4py import MPI

        if MPI.COMM_WORLD.size == launch.size and not MPI.Is_finalized():
            # The same two calls as in MPICommunicator, which the others may be making.
            coordinate_through(MPI.COMM_WORLD.Dup())
    except (ImportError, RuntimeError):
        pass
    timer.cancel()
    if _comm is None and _guardian is not None:
        _abort_alone(text, code)


def _abort_alone(text: str, code: int) -> None:
    _write(text)
    code = _of_the_run(code)
    if _guardian is None or not _guardian.abort(code):
        os._exit(code)
    time.sleep(ABORT_SECONDS)
