"""A process that hangs is told from one that works; processor time decides, not the clock."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time

import pytest

from fastavg.training.team.stall import Stall, deadline

BUSY = "while True: pass"
IDLE = "import time; time.sleep(60)"


@contextlib.contextmanager
def process(program):
    """A running process that has printed a line."""
    started = subprocess.Popen(
        [sys.executable, "-c", f"print(flush=True)\n{program}"], stdout=subprocess.PIPE
    )
    try:
        started.stdout.readline()
        yield started
    finally:
        started.kill()
        started.wait(10)
        started.stdout.close()


def hangs(pid, limit=0.4, looks=40):
    """True if it is found to hang within some looks."""
    stall = Stall(pid, limit)
    for _ in range(looks):
        time.sleep(stall.interval * 1.01)
        if stall.hung():
            return True
    return False


@pytest.mark.timeout(60)
def test_a_process_that_uses_no_time_hangs():
    with process(IDLE) as idle:
        assert hangs(idle.pid)


@pytest.mark.timeout(60)
def test_a_stopped_process_hangs_and_one_that_was_continued_does_not():
    with process(BUSY) as busy:
        busy.send_signal(signal.SIGSTOP)
        assert hangs(busy.pid)
        busy.send_signal(signal.SIGCONT)
        stall = Stall(busy.pid, 20.0)
        assert not stall.hung()


@pytest.mark.timeout(60)
def test_a_busy_process_does_not_hang():
    # A limit long enough for it to get some processor time on a loaded machine.
    with process(BUSY) as busy:
        assert not hangs(busy.pid, limit=4.0, looks=6)


@pytest.mark.timeout(60)
def test_a_new_order_starts_the_watch_again():
    with process(IDLE) as idle:
        stall = Stall(idle.pid, 0.4)
        for _ in range(8):
            time.sleep(stall.interval * 1.01)
            stall.begin()
            assert not stall.hung()


def test_a_process_that_is_gone_counts_as_idle_and_raises_nothing():
    with process(IDLE) as idle:
        pid = idle.pid
    assert hangs(pid)


def test_the_deadline_is_30_seconds_or_as_the_variable_says(monkeypatch):
    monkeypatch.delenv("FASTAVG_DEADLINE", raising=False)
    assert deadline() == 30
    monkeypatch.setenv("FASTAVG_DEADLINE", "2.5")
    assert deadline() == 2.5
    assert Stall(1, deadline()).interval == 2.5 / 4
