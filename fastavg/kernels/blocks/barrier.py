"""A barrier for processes that share memory, and the words that it needs there.

.. code-block:: text

    words[ARRIVED]      how many have come to the barrier that is being waited at
    words[GENERATION]   how many barriers are over; the last to come moves it on
    words[SLEEPERS]     how many sleep until it moves, so that nobody is woken for nothing
    words[ABORTED]      not zero: a process is lost, so everybody leaves
    words[NOT_FINITE]   not zero: some number that was averaged is infinite or NaN
    words[WAKER]        one more than the processor of the last one who woke others, if known

Each has a cache line of its own.  Whoever comes early looks again and again for a
moment, since an average is often awaited for microseconds only, and then sleeps; a
process that sleeps costs nothing, so there may be more processes than processors.  If there are
not, a process that is woken from its own processor leaves it to the other one.

A process that dies never arrives.  Its parent notices and calls :func:`abort`; every
other process then leaves the barrier, and the words are zeroed before the next attempt.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.atomics import fetch_add, load, relax, store
from fastavg.kernels.blocks.processors import leave_processor, processor
from fastavg.kernels.blocks.sleeping import NAP_NANOSECONDS, wait_for_change, wake_all
from fastavg.kernels.jit.decorator import kernel

LINE = 16
ARRIVED, GENERATION, SLEEPERS, ABORTED, NOT_FINITE, WAKER = range(0, 6 * LINE, LINE)
WORDS = 6 * LINE
# Looks before sleeping: about a fifth of a millisecond if everybody has a processor.
LOOKS, LOOKS_CROWDED = 8000, 50


def looks_before_sleep(processes: int, processors: int) -> int:
    """How often a process looks before it sleeps: briefly if others wait for its processor.

    Parameters
    ----------
    processes : int
        Processes that meet at the barrier.
    processors : int
        Processors that they may use.

    Returns
    -------
    int
        Looks at the barrier's word before the process sleeps.

    Examples
    --------
    >>> looks_before_sleep(2, 2) > looks_before_sleep(8, 2)
    True
    """
    return LOOKS if processes <= processors else LOOKS_CROWDED


class Barrier(NamedTuple):
    """A barrier as one process sees it.

    Parameters
    ----------
    words : array (WORDS,) of int32
        In memory that all members share.
    members : int
        Processes that meet.
    looks : int
        How often to look before sleeping (:func:`looks_before_sleep`).
    patience : int
        Naps after which a process gives up and aborts the attempt itself
        (:func:`naps`), so that nobody waits for ever when the parent is gone too.
    """

    words: NDArray[np.int32]
    members: int
    looks: int
    patience: int


def naps(seconds: float) -> int:
    """The number of naps that last about so long.

    Parameters
    ----------
    seconds : float
        How long, in seconds.

    Returns
    -------
    int
        Naps of ``NAP_NANOSECONDS``, rounded down.
    """
    return int(seconds * 1e9 / NAP_NANOSECONDS)


@kernel
def meet(barrier):
    """Wait until all members have come; False if the attempt is aborted.

    Parameters
    ----------
    barrier : Barrier
        The barrier as this process sees it.

    Returns
    -------
    bool
        True if all members have come.
    """
    words, members, looks, patience = barrier
    generation = load(words, GENERATION)
    if fetch_add(words, ARRIVED, np.int32(1)) == members - 1:
        if load(words, SLEEPERS) > 0:
            store(words, WAKER, np.int32(processor() + 1))
        # Nobody can come to the next barrier before the generation moves.
        store(words, ARRIVED, np.int32(0))
        store(words, GENERATION, np.int32(generation + 1))
        if load(words, SLEEPERS) > 0:
            wake_all(words, GENERATION)
        return load(words, ABORTED) == 0
    for _ in range(looks):
        if load(words, GENERATION) != generation:
            return load(words, ABORTED) == 0
        if load(words, ABORTED) != 0:
            return False
        relax()
    fetch_add(words, SLEEPERS, np.int32(1))
    slept = 0
    while load(words, GENERATION) == generation and load(words, ABORTED) == 0:
        wait_for_change(words, GENERATION, np.int32(generation), NAP_NANOSECONDS)
        slept += 1
        if slept > patience:
            abort(words)
    fetch_add(words, SLEEPERS, np.int32(-1))
    if looks > LOOKS_CROWDED:
        leave_to_waker(words)
    return load(words, ABORTED) == 0


@kernel
def leave_to_waker(words):
    """Leave this processor if it is the one from which the sleepers were woken.

    Parameters
    ----------
    words : array (WORDS,) of int32
        The barrier's words in shared memory.
    """
    here = processor()
    if here >= 0 and load(words, WAKER) == here + 1:
        leave_processor(here)


@kernel
def abort(words):
    """Have everybody leave the attempt that is going on.

    Parameters
    ----------
    words : array (WORDS,) of int32
        The barrier's words in shared memory, changed in place.
    """
    store(words, ABORTED, np.int32(1))
    wake_all(words, GENERATION)


def new_attempt(words: NDArray[np.int32]) -> None:
    """Make the words ready; nobody may be at a barrier.

    Parameters
    ----------
    words : array (WORDS,) of int32
        The barrier's words in shared memory, set to zero in place.
    """
    words[:] = 0
