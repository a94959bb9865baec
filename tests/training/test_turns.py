"""Turns: so many at once, the longest wait first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fastavg.training.turns import Turns


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_never_more_at_once(at_once):
    turns, guard, going, most = Turns(at_once), threading.Lock(), 0, 0

    def job(_):
        nonlocal going, most
        turns.take()
        for _ in range(20):
            with guard:
                going += 1
                most = max(most, going)
            time.sleep(0.0005)
            with guard:
                going -= 1
            turns.pass_on()
        turns.give()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(job, range(5), timeout=20))
    assert most == at_once


def test_all_go_on_in_turn():
    turns, order, ready = Turns(1), [], threading.Barrier(3)

    def job(name):
        turns.take()
        # Nobody waits yet in the first turn of the first job.
        for step in range(5):
            order.append((step, name))
            while step == 0 and len(turns._waiting) < 2 - name:
                time.sleep(0.001)
            turns.pass_on()
        turns.give()

    def begin(name):
        ready.wait(10)
        time.sleep(0.05 * name)
        job(name)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(begin, range(3), timeout=20))
    assert order == [(step, name) for step in range(5) for name in range(3)]
