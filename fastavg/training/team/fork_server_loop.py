"""The fork server's loop: fork a child for every request."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import select
import threading
from multiprocessing import reduction
from multiprocessing.connection import Connection, wait
from typing import Any


def serve(control_handle: int, lifeline: int, dtype: str) -> None:
    """The nursery's own loop."""
    _end_with(lifeline)
    from fastavg.kernels.warm_up import warm_up

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
                dtype = control.recv()
                handle = reduction.recv_handle(control)
                warm_up(dtype)
                child = context.Process(target=_live, args=(handle, lifeline, control_handle))
                child.start()
                os.close(handle)
                children[child.sentinel] = child
                control.send(("started", child.pid))
    except (EOFError, OSError):
        os._exit(0)


def _end_with(lifeline: int) -> None:
    # The kernel sends SIGIO, which ends a process, when the last writer of the pipe is gone.
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:
        os._exit(0)


def _live(handle: int, lifeline: int, control_handle: int) -> None:
    from fastavg.training.team.worker import work

    os.close(control_handle)
    threading.Thread(target=_leave_with_parent, args=(lifeline,), daemon=True).start()
    work(Connection(handle))


def _leave_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)
