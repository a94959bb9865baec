"""The environment of a child process: one thread for every numerical library."""

from __future__ import annotations

import os

from fastavg.communicators.mpi.launch import without_launch
from fastavg.machine.interpreter import module_variables

# Every library that may start threads reads one of these when it is loaded.
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)


def single_thread_environment() -> dict[str, str]:
    """The environment of a process of the team.

    One thread for every numerical library, no launcher's variables, and no working folder
    among the places where Python looks for modules.
    """
    variables = module_variables(without_launch(os.environ))
    return {**variables, **dict.fromkeys(THREAD_VARIABLES, "1")}
