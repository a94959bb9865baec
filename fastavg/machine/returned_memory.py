"""Memory of large arrays that goes back to the system as soon as they are gone."""

from __future__ import annotations

import ctypes

# glibc's name for the size from which on an allocation has pages of its own.
_MMAP_THRESHOLD = -3
_LARGE = 1 << 20


def return_large_arrays() -> None:
    """Have every array of at least 1 MB in pages of its own, from now on in this process.

    The C library (glibc) raises that size with every large array that is freed, up to 32 MB, and
    keeps what is smaller for later ones.  A process that reads blocks of rows in several threads
    then holds half as much again as its arrays take.  Without glibc nothing is done.

    Examples
    --------
    >>> return_large_arrays()
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_MMAP_THRESHOLD, _LARGE)


def return_arrow_memory() -> None:
    """Give back what Arrow keeps of the memory of tables that are gone.

    Examples
    --------
    >>> return_arrow_memory()
    """
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
