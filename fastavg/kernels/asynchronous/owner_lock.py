"""A lock in shared memory that names its owner, so that a dead process cannot keep it.

.. code-block:: text

    words[at]          0, or the process number of whoever holds the lock
    words[at + LINE]   how many sleep until it is free

Who waits looks for a moment and then sleeps.  If the owner is gone, whoever waits takes the
lock over: what the owner was writing is then half old and half new.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import psutil
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from fastavg.kernels.blocks.atomics import ORDER, address_of, fetch_add, load, relax, store
from fastavg.kernels.blocks.sleeping import NAP_NANOSECONDS, wait_for_change, wake_all
from fastavg.kernels.jit.decorator import kernel

LINE = 16
WORDS = 2 * LINE
LOOKS = 200000
# Naps before somebody asks whether the owner is still there.
NAPS = 10
# Threads of a process have its number in common, so they take turns before they ask.
_of_process = threading.Lock()


@intrinsic
def exchange_if(typingctx: Any, words: Any, at: Any, expected: Any, value: Any) -> Any:
    """``words[at] <- value`` if it is ``expected``; what stood there before.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    words : array of int32, contiguous
        In memory that processes may share.
    at : int64
        Index of the word.
    expected : int32
        The value that is replaced.
    value : int32
        What is written.

    Returns
    -------
    int32
        The word before.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = address_of(context, builder, signature.args[0], *values[:2])
        pair = builder.cmpxchg(place, values[2], values[3], ORDER, ORDER)
        return builder.extract_value(pair, 0)

    return types.int32(words, types.int64, types.int32, types.int32), generate


@kernel
def take_lock(words, at, owner):
    """Wait for a lock for some naps at most; 0 if it is ours, else who holds it.

    Parameters
    ----------
    words : array of int32
        In shared memory.
    at : int
        Place of the lock's words.
    owner : int
        Our process number.

    Returns
    -------
    int32
        0, or the process number of the owner.
    """
    me = np.int32(owner)
    for _ in range(LOOKS):
        # Reading alone leaves the line with its owner.
        if load(words, at) == 0:
            holder = exchange_if(words, at, np.int32(0), me)
            if holder == 0:
                return holder
        relax()
    fetch_add(words, at + LINE, np.int32(1))
    holder = exchange_if(words, at, np.int32(0), me)
    for _ in range(NAPS):
        if holder == 0:
            break
        wait_for_change(words, at, holder, NAP_NANOSECONDS)
        holder = exchange_if(words, at, np.int32(0), me)
    fetch_add(words, at + LINE, np.int32(-1))
    return holder


@kernel
def free_lock(words, at):
    """Let the next one have the lock.

    Parameters
    ----------
    words : array of int32
        In shared memory.
    at : int
        Place of the lock's words.
    """
    store(words, at, np.int32(0))
    if load(words, at + LINE) > 0:
        wake_all(words, at)


@kernel
def take_over_lock(words, at, gone, owner):
    """Take a lock from a process that is gone; True if nobody else was quicker.

    Parameters
    ----------
    words : array of int32
        In shared memory.
    at : int
        Place of the lock's words.
    gone : int
        Process number of the owner that is gone.
    owner : int
        Our process number.

    Returns
    -------
    bool
        True if the lock is ours.
    """
    return exchange_if(words, at, np.int32(gone), np.int32(owner)) == gone


def _runs(process: int) -> bool:
    # A process that nobody has waited for yet still has its number.
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class OwnerLock:
    """The lock as one process sees it; a context manager.

    Parameters
    ----------
    words : array (WORDS,) of int32
        In shared memory, zero before first use.
    owner : int
        Our process number, not zero.

    Examples
    --------
    >>> words = np.zeros(WORDS, np.int32)
    >>> with OwnerLock(words, 7):
    ...     int(words[0])
    7
    """

    def __init__(self, words: NDArray[np.int32], owner: int) -> None:
        self._words, self._owner = words, owner

    def __enter__(self) -> None:
        _of_process.acquire()
        try:
            self._take()
        except BaseException:
            _of_process.release()
            raise

    def _take(self) -> None:
        while holder := int(take_lock(self._words, 0, self._owner)):
            gone = holder == self._owner or not _runs(holder)
            if gone and take_over_lock(self._words, 0, holder, self._owner):
                return

    def __exit__(self, *exception: object) -> None:
        free_lock(self._words, 0)
        _of_process.release()
