"""Memory that begins on a cache line."""

from __future__ import annotations

import math
import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

CACHE_LINE = 64
# From so many bytes on memory is asked of the system and goes back to it: what the allocator
# takes back, it keeps for small things, and clears when it is zeros that are asked for.
LARGE = 1 << 20


def aligned(size: int, dtype: DTypeLike) -> NDArray[np.floating]:
    """Zeros that begin on a 64-byte cache line; many of them take no memory until written.

    Parameters
    ----------
    size : int
        How many.
    dtype : dtype
        float32 or float64.
    """
    width = np.dtype(dtype).itemsize
    if size * width >= LARGE:
        n_bytes = math.ceil(size * width / mmap.PAGESIZE) * mmap.PAGESIZE
        # Private: a process that is forked has its own.
        pages: Any = mmap.mmap(-1, n_bytes, access=mmap.ACCESS_COPY)
        return np.frombuffer(pages, dtype, size)
    raw = np.zeros(size + CACHE_LINE // width, dtype)
    skip = (-raw.ctypes.data % CACHE_LINE) // width
    return raw[skip : skip + size]
