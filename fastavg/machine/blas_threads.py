"""One BLAS thread while fastavg computes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

_found: list[tuple[Any, int]] = []
_blocks = 0
_lock = threading.Lock()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """One BLAS thread for fastavg's products: with two they have other bits than with one.

    Nothing to do where fastavg has a BLAS of its own; see :func:`one_thread_of_every_blas`.
    """
    from fastavg.kernels.blas.openblas import private_openblas

    with contextlib.nullcontext() if private_openblas() else one_thread_of_every_blas():
        yield


@contextlib.contextmanager
def one_thread_of_every_blas() -> Iterator[None]:
    """One thread inside the block for every BLAS of the process, scipy's as well.

    Two threads sum a long vector in another order than one, and go on spinning for a while
    on the processors that the team trains on.  The number of threads belongs to the whole
    process, so of several blocks at the same time the last one to end gives back what the
    first one found.
    """
    global _blocks
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
