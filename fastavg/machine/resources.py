"""What the machine grants this process: processors and memory."""

from __future__ import annotations

import math
import os
import sys

import psutil

from fastavg.machine.cgroups import cpu_quota, memory_left

# Descriptors that files, libraries and the program around fastavg may have open.
RESERVED_DESCRIPTORS = 64


def usable_cpus() -> int:
    """Processors that this process may use: affinity and cgroup quotas respected.

    >>> usable_cpus() >= 1
    True
    """
    # macOS and Windows have no affinity that Python could read.
    affinity = getattr(os, "sched_getaffinity", None)
    count, quota = len(affinity(0)) if affinity else os.cpu_count() or 1, cpu_quota()
    return max(1, count if quota is None else min(count, math.ceil(quota)))


def usable_memory() -> int:
    """Bytes that can still be allocated: the machine's and the cgroup's, the smaller."""
    free, granted = int(psutil.virtual_memory().available), memory_left()
    return free if granted is None else min(free, granted)


def most_processes() -> int:
    """Processes that the limit of open descriptors leaves room for, at least 1.

    Each takes two: its pipe and a handle on the process itself.

    >>> most_processes() >= 1
    True
    """
    try:
        import resource
    except ImportError:
        return sys.maxsize
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return sys.maxsize
    return max(1, (limit - RESERVED_DESCRIPTORS) // 2)
