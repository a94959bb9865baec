"""Where the seconds of a round go, added up from reports."""

import time

from fastavg.training.programs import Report
from fastavg.training.stopwatch import Stopwatch


def test_a_stopwatch_divides_by_processes_and_adds_up_the_slowest():
    watch = Stopwatch()
    reports = [Report(0, 0, 1, 1, True, 3.0, 2.0), Report(1, 0, 1, 1, True, 1.0, 1.0)]
    watch.add(2.5, reports, 2)
    watch.add(1.0, [], 2)
    assert (watch.training, watch.kernels, watch.slowest) == (2.0, 1.5, 3.0)
    # 0.5 seconds beside the first call's training, the second call as a whole.
    assert watch.waiting == 1.5
    # Less time has really passed than was counted.
    assert watch.averaging == 0


def test_what_is_done_beside_is_no_averaging():
    watch = Stopwatch()
    with watch.beside():
        time.sleep(0.05)
    # Nothing was averaged: all of the time but some microseconds went beside.
    assert watch.averaging < 0.05
