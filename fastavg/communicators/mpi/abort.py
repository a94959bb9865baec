"""How all ranks end when one of them fails: the cause is said once, and nobody waits.

A rank that fails while the others wait for it in a collective would leave them there
for ever.  So it tells the others, listens for a moment whether they failed too, and
then the lowest of those that failed writes the cause.  If all failed (a setting that
no rank can use), the run ends with the cause's exit code; otherwise a rank was lost.
Either way every rank ends, wherever it is.  Who cannot speak any more, because it was
killed, has an heir that does (:mod:`fastavg.communicators.mpi.guardian`).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Any

from fastavg.communicators.mpi.departure import Farewell
from fastavg.communicators.mpi.guardian import Heir, find_heir, wait_for_delivery
from fastavg.communicators.mpi.launch import launched
from fastavg.errors import FastavgError, RankMismatch

LISTEN_SECONDS = 0.4
MEETING_SECONDS = 1.5
ABORT_SECONDS = 1.0
TAG = 7
RANK_LOST = RankMismatch.exit_code
INTERRUPTED = 130
# What a user can put right keeps its code; everything else is a lost rank.
OWN_CODES = (2, 3, 4, 129, INTERRUPTED, 141, 143)
_comm: Any = None
_heir: Heir | None = None
_farewell: Farewell | None = None
_ended = False


def watch() -> None:
    """Have any exception that reaches the top of this program, and its death, end all ranks."""
    global _heir
    sys.excepthook = _end_with
    launch = launched()
    if _heir is None and launch is not None:
        _heir = find_heir(launch.rank)
        atexit.register(leave)


def leave() -> None:
    """This process ends now, and knows what it does: no rank was lost."""
    if _heir is not None:
        _heir.leave()


def speak_through(comm: Any) -> None:
    """Use a private copy of ``comm`` for last words; only the first call counts."""
    global _comm, _farewell
    if _comm is None and comm.size > 1:
        _comm = comm.Dup()
        watch()
        if _heir is not None:
            _heir.meet()
        _farewell = Farewell(_comm)
        atexit.register(_part)


def enter() -> None:
    """All ranks are about to take part in a collective."""
    if _farewell is not None:
        _farewell.enter()


def _part() -> None:
    from mpi4py import MPI

    if _farewell is None or _ended or MPI.Is_finalized():
        return
    waiting = _farewell.part()
    if waiting is not None:
        end_all(
            f"fastavg: rank {_comm.rank} has ended, but rank {waiting} waits for it; "
            "all ranks must make the same calls\n", RANK_LOST,
        )


def end_all(text: str, code: int) -> None:
    """Write ``text`` to standard error, once for all ranks that fail now, and end them all.

    Returns if this process is alone; the caller then leaves with ``code``.  If only
    some ranks fail, and not by a user's mistake or Ctrl-C, the exit code is 5.
    """
    global _ended
    if _comm is None and not _ended:
        _meet(text)
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
        if _comm.rank != speaker:
            time.sleep(1.0)
        _abort(_comm, code if code in OWN_CODES else RANK_LOST)
    _comm.Barrier()
    _abort(_comm, code)


def _abort(comm: Any, code: int) -> None:
    if _heir is not None and _heir.end_all(code):
        time.sleep(ABORT_SECONDS)
    wait_for_delivery()
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


def _meet(text: str) -> None:
    # The others may be on their way to the first collective, or fail like this one.
    launch = launched()
    if launch is None or launch.size == 1:
        return
    timer = threading.Timer(MEETING_SECONDS, _end_alone, [text])
    timer.daemon = True
    timer.start()
    try:
        from mpi4py import MPI

        if MPI.COMM_WORLD.size == launch.size and not MPI.Is_finalized():
            # As the communicator does, which the others may be making.
            speak_through(MPI.COMM_WORLD.Dup())
    except (ImportError, RuntimeError):
        pass
    timer.cancel()
    if _comm is None and _heir is not None:
        _end_alone(text)


def _end_alone(text: str) -> None:
    _write(text)
    if _heir is None or not _heir.end_all(RANK_LOST):
        os._exit(RANK_LOST)
    time.sleep(ABORT_SECONDS)
