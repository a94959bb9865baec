"""Memory between pages that nobody may touch: one number too far ends the process."""

from __future__ import annotations

import ctypes
import math
import mmap

import numpy as np

PROT_NONE = 0


def fenced(size, dtype, at_end=True):
    """Zeros that end where the next page may not be touched, or begin where the one before may not.

    Parameters
    ----------
    size : int
        How many.
    dtype : dtype
        Of any numbers.
    at_end : bool
        True fences the end tightly, False the beginning.
    """
    page, n_bytes = mmap.PAGESIZE, size * np.dtype(dtype).itemsize
    room = math.ceil(n_bytes / page) * page
    pages = mmap.mmap(-1, room + 2 * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    for fence in (start, start + page + room):
        if protect(ctypes.c_void_p(fence), ctypes.c_size_t(page), PROT_NONE):
            raise OSError(ctypes.get_errno(), "mprotect")
    return np.frombuffer(pages, dtype, size, page + (room - n_bytes if at_end else 0))


def copied(array, at_end=True):
    """The numbers of an array in such memory."""
    memory = fenced(array.size, array.dtype, at_end).reshape(array.shape)
    memory[...] = array
    return memory
