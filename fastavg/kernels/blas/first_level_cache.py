"""The size of the processor's first-level cache, by which products are cut."""

from __future__ import annotations

import os
from functools import cache

# What x86 processors with 512-bit vectors have at least.
LEAST = 32 * 1024


@cache
def first_level_cache() -> int:
    """Bytes of one core's first-level data cache, at least 32 KiB.

    Returns
    -------
    bytes : int
        As the C library says; ``LEAST`` where it says nothing.

    Examples
    --------
    >>> first_level_cache() >= 32768
    True
    """
    try:
        return max(LEAST, os.sysconf("SC_LEVEL1_DCACHE_SIZE"))
    except (OSError, ValueError):
        return LEAST
