"""Sleeping on a word: returns when the word has changed, when it is woken, and at last anyway."""

from __future__ import annotations

import time

import numpy as np

from fastavg.kernels.blocks.atomics import load, store
from fastavg.kernels.blocks.sleeping import wait_for_change, wake_all
from fastavg.kernels.jit.decorator import kernel
from tests.kernels.blocks.crew import Crew, SharedArrays

LONG = 900_000_000


@kernel
def sleep(words, at, expected, nanoseconds):
    wait_for_change(words, at, np.int32(expected), nanoseconds)


@kernel
def sleep_until_changed(words, at):
    store(words, at + 1, np.int32(1))
    naps = 0
    while load(words, at) == 0:
        wait_for_change(words, at, np.int32(0), LONG)
        naps += 1
    return naps


@kernel
def change(words, at):
    store(words, at, np.int32(1))
    wake_all(words, at)


def test_a_word_that_has_changed_is_not_slept_on():
    words = np.ones(16, np.int32)
    for _ in range(100):
        # A hundred of these sleeps would take longer than the tests may.
        sleep(words, 3, 0, 60 * LONG)


def test_a_sleeper_wakes_by_itself_in_the_end():
    words = np.zeros(16, np.int32)
    sleep(words, 3, 0, 1_000_000)


def test_a_sleeper_is_woken_by_another_process():
    words = SharedArrays()(16, np.int32)
    warm = np.ones(16, np.int32)
    sleep_until_changed(warm, 0)
    change(warm, 0)
    with Crew(lambda member: sleep_until_changed(words, 0), 1) as crew:
        while not words[1]:
            time.sleep(0.001)
        change(words, 0)
        assert crew.value(0) >= 0
    assert words[0] == 1
