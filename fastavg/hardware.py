"""What the machine grants this process: processors, memory, threads."""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Iterator
from typing import Any

import psutil

from fastavg.cgroups import cpu_quota, memory_left
from fastavg.launch import without_launch

# Every library that may start threads reads one of these when it is loaded.
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)


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


def single_thread_environment() -> dict[str, str]:
    """This environment with one thread for every numerical library, for a process of a rank."""
    return {**without_launch(os.environ), **dict.fromkeys(THREAD_VARIABLES, "1")}


_found: list[tuple[Any, int]] = []
_blocks = 0
_lock = threading.Lock()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """One BLAS thread inside the block: with two, products have other bits than with one.

    Nothing to do where fastavg has a BLAS of its own.  Elsewhere the number of threads
    belongs to the whole process, so of several blocks at the same time the last one to
    end gives back what the first one found.
    """
    global _blocks
    from fastavg.kernels.openblas import private_openblas

    if private_openblas() is not None:
        yield
        return
    import threadpoolctl

    with _lock:
        if not _blocks:
            libraries = threadpoolctl.ThreadpoolController().select(user_api="blas")
            _found[:] = [(one, one.num_threads) for one in libraries.lib_controllers]
        _blocks += 1
        for library, _ in _found:
            _set_threads(library, 1)
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            for library, threads in () if _blocks else _found:
                _set_threads(library, threads)


def _set_threads(library: Any, threads: int) -> None:
    # Newer versions of threadpoolctl heed one thread of a process and silently ignore
    # all others, for ever; training in a thread would have other bits.
    release = getattr(library, "clear_controlling_thread", lambda force: None)
    release(force=True)
    library.set_num_threads(threads)
    release(force=True)
