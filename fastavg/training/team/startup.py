"""The startup of a team, beside the caller: it does something else meanwhile."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event


class Startup:
    """Work in threads of its own that can be called off.

    Parameters
    ----------
    *work : callable
        Each in its thread; takes a ``threading.Event`` that is set once the rest is unwanted.

    Examples
    --------
    >>> startup = Startup(lambda unwanted: unwanted.wait(60))
    >>> startup.over(latest=0)
    False
    >>> startup.call_off()
    >>> startup.over()
    True
    """

    def __init__(self, *work: Callable[[Event], object]) -> None:
        self._unwanted = Event()
        threads = ThreadPoolExecutor(len(work), "fastavg-startup")
        self._work = [threads.submit(each, self._unwanted) for each in work]
        threads.shutdown(wait=False)

    def over(self, latest: float = math.inf) -> bool:
        """True once all is done; what it raised is raised here.

        Parameters
        ----------
        latest : float, default inf
            What ``time.monotonic`` says when it is waited for no longer.
        """
        if not self._work:
            return True
        left = None if latest == math.inf else max(0.0, latest - time.monotonic())
        done, others = wait(self._work, left, FIRST_EXCEPTION)
        for each in done:
            each.result()
        if others:
            return False
        # Asked before every order.
        self._work = []
        return True

    def call_off(self) -> None:
        """Wait until all has ended, as early as it can; what it raised is nobody's concern."""
        self._unwanted.set()
        wait(self._work)
