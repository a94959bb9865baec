"""The environment of a child process: one thread for every numerical library."""

from __future__ import annotations

import os

from fastavg.communicators.mpi.launch import without_launch

# Every library that may start threads reads one of these when it is loaded.
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)


def single_thread_environment() -> dict[str, str]:
    """This environment with one thread for every numerical library, for a process of a rank."""
    return {**without_launch(os.environ), **dict.fromkeys(THREAD_VARIABLES, "1")}
