"""What the machine grants this process: processors and memory."""

from __future__ import annotations

import math

import psutil

from fastavg.machine.cgroups import cpu_quota, memory_left


def usable_cpus() -> int:
    """Processors that this process may use: affinity and cgroup quotas respected.

    >>> usable_cpus() >= 1
    True
    """
    import joblib

    count, quota = int(joblib.cpu_count()), cpu_quota()
    return max(1, count if quota is None else min(count, math.ceil(quota)))


def usable_memory() -> int:
    """Bytes that can still be allocated: the machine's and the cgroup's, the smaller."""
    free, granted = int(psutil.virtual_memory().available), memory_left()
    return free if granted is None else min(free, granted)
