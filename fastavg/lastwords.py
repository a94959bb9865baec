"""How all ranks end when one of them fails: the cause is said once, and nobody waits.

A rank that fails while the others wait for it in a collective would leave them there
for ever.  So it tells the others, listens for a moment whether they failed too, and
then the lowest of those that failed writes the cause.  If all failed (a setting that
no rank can use), the run ends with the cause's exit code; otherwise a rank was lost.
Either way MPI_Abort ends every rank, wherever it is.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Any

from fastavg.errors import FastavgError, RankMismatch

LISTEN_SECONDS = 0.4
INIT_SECONDS = 1.7
TAG = 7
RANK_LOST = RankMismatch.exit_code
INTERRUPTED = 130
# What a user can put right keeps its code; everything else is a lost rank.
OWN_CODES = (2, 3, 4, INTERRUPTED, 141)
_comm: Any = None
_ended = False


def watch() -> None:
    """Have any exception that reaches the top of this program end all ranks."""
    sys.excepthook = _end_with


def speak_through(comm: Any) -> None:
    """Use a private copy of ``comm`` for last words; only the first call counts."""
    global _comm
    if _comm is None and comm.size > 1:
        _comm = comm.Dup()
        watch()


def end_all(text: str, code: int) -> None:
    """Write ``text`` to standard error, once for all ranks that fail now, and end them all.

    Returns if this process is alone; the caller then leaves with ``code``.  If only
    some ranks fail, and not by a user's mistake or Ctrl-C, the exit code is 5.
    """
    global _ended
    if _comm is None or _ended:
        _write(text)
        return
    _ended = True
    heard = _listen(text)
    speaker = min(heard)
    if _comm.rank == speaker:
        _write(_together(heard))
    if len(heard) < _comm.size:
        # Let the launcher carry the words before it hears that the run is over.
        time.sleep(0.1 if _comm.rank == speaker else 1.0)
        _abort(_comm, code if code in OWN_CODES else RANK_LOST)
    _comm.Barrier()
    time.sleep(0.1)
    _abort(_comm, code)


def _abort(comm: Any, code: int) -> None:
    # The library would say in its own words that it aborts; ours are already written.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    comm.Abort(code)


def _write(text: str) -> None:
    # A closed standard output or error is nobody's error.
    for stream, words in ((sys.stdout, ""), (sys.stderr, text)):
        with contextlib.suppress(OSError, ValueError):
            stream.write(words)
            stream.flush()


def _together(heard: dict[int, str]) -> str:
    # Ranks that fail for the same reason differ in their tracebacks, not in the last line.
    causes: dict[str, str] = {}
    for rank in sorted(heard):
        causes.setdefault(heard[rank].rstrip().rpartition("\n")[2], heard[rank])
    return "".join(causes.values())


def _listen(text: str) -> dict[int, str]:
    from mpi4py import MPI

    heard = {_comm.rank: text}
    note = text.encode()[-8000:]
    sent = [_comm.Isend(note, other, TAG) for other in range(_comm.size) if other != _comm.rank]
    status, deadline = MPI.Status(), time.monotonic() + LISTEN_SECONDS
    while len(heard) < _comm.size and time.monotonic() < deadline:
        if not _comm.Iprobe(MPI.ANY_SOURCE, TAG, status):
            time.sleep(0.002)
            continue
        words = bytearray(status.Get_count())
        _comm.Recv(words, status.source, TAG)
        heard[status.source] = words.decode(errors="replace")
    if len(heard) == _comm.size:
        MPI.Request.Waitall(sent)
    return heard


def _end_with(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    code = INTERRUPTED if issubclass(kind, KeyboardInterrupt) else 1
    code = error.exit_code if isinstance(error, FastavgError) else code
    end_all("".join(traceback.format_exception(kind, error, trace)), code)
    if _comm is None:
        _end_before_the_start()


def _end_before_the_start() -> None:
    # The others may be waiting in MPI_Init, or in a collective of the program's own.
    timer = threading.Timer(INIT_SECONDS, os._exit, [RANK_LOST])
    timer.daemon = True
    timer.start()
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError):
        timer.cancel()
        return
    if MPI.COMM_WORLD.size > 1 and not MPI.Is_finalized():
        _abort(MPI.COMM_WORLD, RANK_LOST)
    timer.cancel()
