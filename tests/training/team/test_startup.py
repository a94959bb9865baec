"""A startup beside the caller: waited for, called off, and heard of when it fails."""

from __future__ import annotations

import threading
import time

import pytest

from fastavg.training.team.startup import Startup

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(20)]


def test_it_is_over_when_all_of_its_work_is_done():
    first, second = threading.Event(), threading.Event()
    startup = Startup(lambda unwanted: first.wait(), lambda unwanted: second.wait())
    first.set()
    assert not startup.over(time.monotonic() + 0.05)
    second.set()
    assert startup.over()
    assert startup.over(latest=0)


def test_work_that_is_unwanted_ends_early():
    left = []
    startup = Startup(lambda unwanted: left.append(unwanted.wait(15)))
    startup.call_off()
    assert left == [True]
    assert startup.over(latest=0)


def test_work_that_fails_is_heard_of_while_other_work_goes_on():
    def fail(unwanted):
        raise MemoryError("no room")

    startup = Startup(lambda unwanted: unwanted.wait(15), fail)
    with pytest.raises(MemoryError, match="no room"):
        startup.over()
    startup.call_off()
