"""A process that hangs: it should be at work and uses no processor time.

A slow task is no reason to kill anybody, so the watch looks at the processor time
that a process has used and not at the clock; a process that is stopped, deadlocked
or stuck in a dead file system uses none.  Time in which the watcher itself was
stopped does not count.
"""

from __future__ import annotations

import os
import time

import psutil


def deadline() -> float:
    """Seconds without progress after which a process is given up; ``FASTAVG_DEADLINE``."""
    return float(os.environ.get("FASTAVG_DEADLINE", "30"))


class Stall:
    """How long one process has used no processor time.

    Parameters
    ----------
    pid : int
        The process to watch.
    limit : float
        Seconds without processor time after which it is hung.

    Examples
    --------
    >>> Stall(os.getpid(), limit=30.0).hung()
    False
    """

    def __init__(self, pid: int, limit: float) -> None:
        self._pid, self._limit = pid, limit
        self._used = -1.0
        self._idle = 0.0
        self._looked = time.monotonic()

    @property
    def interval(self) -> float:
        """Seconds between looks."""
        return self._limit / 4

    def begin(self) -> None:
        """The process has been given something to do now."""
        self._used, self._idle, self._looked = -1.0, 0.0, time.monotonic()

    def hung(self) -> bool:
        """Look; True once it has been idle for the limit."""
        now = time.monotonic()
        if now - self._looked < self.interval:
            return False
        used = _processor_seconds(self._pid)
        if used == self._used:
            self._idle += min(now - self._looked, 2 * self.interval)
        else:
            self._used, self._idle = used, 0.0
        self._looked = now
        return self._idle >= self._limit


def _processor_seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return -2.0
    return float(times.user + times.system)
