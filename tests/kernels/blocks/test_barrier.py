"""Barriers: nobody goes on early, everybody leaves when a member is lost."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from fastavg.kernels.blocks.atomics import fetch_add, load, store
from fastavg.kernels.blocks.barrier import (
    ABORTED,
    GENERATION,
    SLEEPERS,
    WAKER,
    WORDS,
    Barrier,
    abort,
    leave_to_waker,
    looks_before_sleep,
    meet,
    naps,
    new_attempt,
)
from fastavg.kernels.blocks.processors import CALLS, processor
from fastavg.kernels.jit.decorator import kernel
from tests.kernels.blocks.crew import Crew, SharedArrays, run_crew

# Kernels may have to be compiled first.
pytestmark = pytest.mark.timeout(600)

MEMBERS = [1, 2, 3, 8]
PATIENCE = naps(60)


@kernel
def in_step(barrier, counts, member, meetings):
    """Count up, meet, and look whether everybody has counted; how often somebody had not."""
    late = 0
    for meeting in range(1, meetings + 1):
        store(counts, member * 16, np.int32(meeting))
        if not meet(barrier):
            return -1
        for other in range(barrier.members):
            late += load(counts, other * 16) < meeting
        if not meet(barrier):
            return -1
    return late


@kernel
def woken(words, waker):
    """Be woken from this processor or none; the processors before and afterwards."""
    before = processor()
    store(words, WAKER, np.int32(before + 1 if waker else 0))
    leave_to_waker(words)
    return before, processor()


def barrier_of(words, members, looks=None, patience=PATIENCE):
    looks = looks_before_sleep(members, 2) if looks is None else looks
    return Barrier(words, members, looks, patience)


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    words, counts = np.zeros(WORDS, np.int32), np.zeros(16, np.int32)
    in_step(barrier_of(words, 1), counts, 0, 1)
    abort(words)


@pytest.mark.parametrize("looks", [0, None])
@pytest.mark.parametrize("members", MEMBERS)
def test_nobody_goes_on_before_all_have_come(members, looks):
    make = SharedArrays()
    words, counts = make(WORDS, np.int32), make(members * 16, np.int32)
    barrier = barrier_of(words, members, looks)
    late = run_crew(lambda member: in_step(barrier, counts, member, 300), members)
    assert late == [0] * members
    assert words[GENERATION] == 600
    assert words[SLEEPERS] == 0


@pytest.mark.parametrize("looks", [0, None])
def test_others_leave_soon_after_an_abort(looks):
    make = SharedArrays()
    words, counts = make(WORDS, np.int32), make(8 * 16, np.int32)
    barrier = barrier_of(words, 3, looks)

    def member_of(member):
        if member == 2:
            time.sleep(600)
        return in_step(barrier, counts, member, 10), time.monotonic()

    with Crew(member_of, 3) as crew:
        while load_sleepers(words) < 2:
            time.sleep(0.001)
        crew.kill(2)
        aborted = time.monotonic()
        abort(words)
        ends = [crew.value(member) for member in (0, 1)]
    assert [value for value, _ in ends] == [-1, -1]
    assert all(moment >= aborted for _, moment in ends)


def load_sleepers(words):
    return int(words[SLEEPERS])


def test_after_an_abort_a_new_attempt_meets_again():
    make = SharedArrays()
    words, counts = make(WORDS, np.int32), make(2 * 16, np.int32)
    abort(words)
    barrier = barrier_of(words, 2)
    assert run_crew(lambda member: in_step(barrier, counts, member, 5), 2) == [-1, -1]
    new_attempt(words)
    assert words[ABORTED] == 0
    assert run_crew(lambda member: in_step(barrier, counts, member, 5), 2) == [0, 0]


def test_who_waits_too_long_gives_up_and_says_so():
    words, counts = np.zeros(WORDS, np.int32), np.zeros(16, np.int32)
    assert in_step(barrier_of(words, 2, 10, patience=2), counts, 0, 1) == -1
    assert words[ABORTED] == 1


@kernel
def count_up(words, times):
    for _ in range(times):
        fetch_add(words, 3, np.int32(1))


def test_additions_of_several_processes_are_all_counted():
    words = SharedArrays()(16, np.int32)
    count_up(words, 0)
    run_crew(lambda member: count_up(words, 100_000), 4)
    assert words[3] == 400_000
    assert words.sum() == 400_000


@pytest.mark.skipif(CALLS is None, reason="processors are known on Linux only")
def test_who_is_woken_from_its_own_processor_leaves_it():
    words = np.zeros(WORDS, np.int32)
    stayed, left = woken(words, False), woken(words, True)
    assert stayed[0] == stayed[1]
    assert (left[0] != left[1]) == (len(os.sched_getaffinity(0)) > 1)


@pytest.mark.skipif(CALLS is None, reason="processors are known on Linux only")
def test_who_comes_last_says_where_the_others_are_woken_from():
    make = SharedArrays()
    words = make(WORDS, np.int32)
    place = min(os.sched_getaffinity(0))

    def member_of(member):
        if member == 1:
            os.sched_setaffinity(0, {place})
            while not words[SLEEPERS]:
                time.sleep(1e-3)
        return meet(barrier_of(words, 2, looks=0))

    assert run_crew(member_of, 2) == [True, True]
    assert words[WAKER] == place + 1
