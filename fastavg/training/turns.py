"""Turns: more jobs than processors, each of which goes on for a while and lets others go on."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """So many jobs go on at a time; who has waited longest is next.

    Parameters
    ----------
    at_once : int
        How many.

    Examples
    --------
    >>> turns = Turns(1)
    >>> turns.take()
    >>> turns.give()
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[threading.Lock] = deque()
        self._guard = threading.Lock()

    def take(self) -> None:
        """Wait for a turn."""
        with self._guard:
            if self._free:
                self._free -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def give(self) -> None:
        """End a turn."""
        with self._guard:
            if self._waiting:
                # The turn goes over to the one that has waited longest.
                self._waiting.popleft().release()
            else:
                self._free += 1

    def pass_on(self) -> None:
        """End a turn and wait for the next one, unless nobody waits."""
        if self._waiting:
            self.give()
            self.take()
