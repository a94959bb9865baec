"""The kernels' clock goes as the system's does."""

from __future__ import annotations

import time

from fastavg.kernels.blocks.clock import CLOCK, seconds
from fastavg.kernels.jit.decorator import kernel


@kernel
def read_clock():
    return seconds()


def test_the_clock_is_the_systems_monotonic_one():
    before = time.clock_gettime(CLOCK)
    read, again = read_clock(), read_clock()
    after = time.clock_gettime(CLOCK)
    # Nanoseconds are lost in a float of many seconds.
    assert before - 1e-3 <= read <= again <= after + 1e-3
