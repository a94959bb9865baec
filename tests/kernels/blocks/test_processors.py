"""The processor that a thread runs on, and leaving it without losing the right to come back."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from fastavg.kernels.blocks.processors import CALLS, SET_BYTES, leave_processor, processor
from fastavg.kernels.jit.decorator import kernel

ALLOWED = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
# Kernels may have to be compiled first.
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(CALLS is None or len(ALLOWED) < 2, reason="needs Linux and two processors"),
]


@kernel
def here():
    return processor()


@kernel
def here_and_after_leaving(number):
    before = processor()
    leave_processor(np.int32(before if number < 0 else number))
    return before, processor()


def in_thread(call):
    """What ``call`` returns in a thread, whose processors are its own."""
    found = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join(300)
    return found[0]


@pytest.mark.parametrize("place", ALLOWED[:4])
def test_a_thread_knows_its_processor(place):
    def pinned():
        os.sched_setaffinity(0, {place})
        return here()

    assert in_thread(pinned) == place


@pytest.mark.parametrize("place", ALLOWED[:4])
def test_who_leaves_a_processor_runs_on_another_one_and_may_use_all_of_before(place):
    def leaving():
        os.sched_setaffinity(0, {place})
        os.sched_setaffinity(0, ALLOWED)
        return *here_and_after_leaving(-1), os.sched_getaffinity(0)

    before, after, allowed = in_thread(leaving)
    assert before != after
    assert after in ALLOWED
    assert allowed == set(ALLOWED)


@pytest.mark.parametrize("number", [-1, 8 * SET_BYTES, 2**31 - 1])
def test_who_may_use_one_processor_stays_there(number):
    def staying():
        os.sched_setaffinity(0, {ALLOWED[0]})
        return *here_and_after_leaving(number), os.sched_getaffinity(0)

    assert in_thread(staying) == (ALLOWED[0], ALLOWED[0], {ALLOWED[0]})
