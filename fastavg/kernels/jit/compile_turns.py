"""Processes that need the same kernels compile each of them once.

Several processes may begin with an empty cache: the ranks of a run, the members of a grid
search, or the two that share the work of a first fit.  Whoever compiles a kernel holds the
lock of its cache file; the others wait and load what it leaves.  The lock belongs to an open
file, so one of a process that dies is free, and it is only held while callees are compiled,
never callers: two processes cannot wait for each other.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

# Between two looks, and until nobody is waited for any longer.
PAUSE, PATIENCE = 0.004, 120.0


@contextlib.contextmanager
def turn_of(path: Path) -> Iterator[None]:
    """Wait until no other process is at work on a cache file; keep others waiting meanwhile.

    Where files cannot be locked nobody waits.

    Parameters
    ----------
    path : Path
        The cache file that will be written; nobody waits for one that exists.
    """
    handle, lock = -1, path.with_name(f".new-{path.name}.lock")
    if fcntl is not None and not path.exists():
        with contextlib.suppress(OSError):
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if handle < 0:
        yield
        return
    try:
        held = _locked(handle, path)
        yield
    finally:
        if held:
            with contextlib.suppress(OSError):
                lock.unlink()
        os.close(handle)


def _locked(handle: int, path: Path) -> bool:
    """True once the lock is this process's; False if the file is there, or after all patience."""
    end = time.monotonic() + PATIENCE
    while not path.exists() and time.monotonic() < end:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError:
            return False
        else:
            return True
    return False
