"""A lock between processes: one at a time, and a dead owner does not keep it."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from fastavg.kernels.asynchronous.owner_lock import (
    LINE,
    WORDS,
    OwnerLock,
    free_lock,
    take_lock,
    take_over_lock,
)
from tests.kernels.blocks.crew import DEADLINE, Crew, SharedArrays, run_crew

COUNTS = 2000


def test_who_holds_it_is_named_and_nobody_else_gets_it():
    words = np.zeros(WORDS, np.int32)
    assert take_lock(words, 0, 5) == 0
    assert take_lock(words, 0, 6) == 5
    assert not take_over_lock(words, 0, 4, 6)
    free_lock(words, 0)
    assert take_lock(words, 0, 6) == 0
    assert words[LINE] == 0
    assert take_over_lock(words, 0, 6, 7)


def test_threads_of_a_process_take_turns():
    words, total = np.zeros(WORDS, np.int32), np.zeros(1, np.int64)

    def count():
        for _ in range(COUNTS):
            with OwnerLock(words, os.getpid()):
                before = int(total[0])
                if before % 100 == 0:
                    time.sleep(0)
                total[0] = before + 1

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert total[0] == 3 * COUNTS


@pytest.mark.timeout(90)
def test_processes_take_turns():
    words = SharedArrays()(WORDS + 1, np.int32)
    with OwnerLock(words[:WORDS], os.getpid()):
        pass

    def count(member):
        for _ in range(COUNTS):
            with OwnerLock(words[:WORDS], os.getpid()):
                # Two steps: without the lock some would be lost.
                words[WORDS] = words[WORDS] + 1

    run_crew(count, 3)
    assert words[WORDS] == 3 * COUNTS


@pytest.mark.timeout(90)
def test_the_lock_of_a_killed_process_is_taken_over():
    words = SharedArrays()(WORDS, np.int32)
    with OwnerLock(words, os.getpid()):
        pass

    def member(number):
        with OwnerLock(words, os.getpid()):
            if number == 0:
                time.sleep(DEADLINE)
        return number

    with Crew(lambda _: member(0), 1) as first:
        deadline = time.monotonic() + DEADLINE
        while words[0] == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        with Crew(lambda _: member(1), 1) as second:
            first.kill(0)
            assert second.value(0) == 1
    assert words[0] == 0
