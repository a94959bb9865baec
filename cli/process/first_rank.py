"""Which of several processes that mpiexec or srun started does the work of a serial command."""

from __future__ import annotations

from fastavg.communicators.mpi.launch import launched


def is_first_rank() -> bool:
    """True for one process of a launch, and for a process that nobody launched.

    Variables that an earlier launch has left in the environment are no launch: the number
    of ranks that MPI sees decides.
    """
    launch = launched()
    if launch is None or launch.size == 1:
        return True
    from fastavg import ConfigError
    from fastavg.communicators import connect

    try:
        ranks = connect("auto")
    except ConfigError:
        return True
    first = ranks.rank == 0
    ranks.close()
    return first
