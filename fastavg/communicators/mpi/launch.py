"""Whether a launcher such as mpiexec or srun started this process, and with how many others.

Launchers say so in the environment.  A launcher of one MPI and a library of another
do not find each other: every process then believes to be alone, and N equal runs
would write the same files.  Comparing the two numbers shows it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from fastavg.errors import LaunchMismatch


class Launch(NamedTuple):
    """How a launcher started this process.

    Attributes
    ----------
    launcher : str
        Its name, for messages.
    size : int
        Number of processes that it started.
    rank : int
        Number of this process.
    """

    launcher: str
    size: int
    rank: int


# Most specific first: inside a Slurm job, mpiexec's processes see Slurm's variables too.
# A Slurm batch script or salloc shell has SLURM_NTASKS, but was not started by srun as
# one of them; only SLURM_STEP_NUM_TASKS counts the processes of this very step.
_VARIABLES = (
    ("mpiexec of Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("mpiexec", "PMI_SIZE", "PMI_RANK"),
    ("mpiexec of MVAPICH", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"),
    ("srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
)


def without_launch(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for processes that a rank starts and that are no ranks themselves.

    Parameters
    ----------
    environment : mapping of str to str
        Environment variables.

    Examples
    --------
    >>> without_launch({"PMI_SIZE": "4", "HOME": "/home/me"})
    {'HOME': '/home/me'}
    """
    marks = {name for _, *names in _VARIABLES for name in names}
    return {name: value for name, value in environment.items() if name not in marks}


def launched(environment: Mapping[str, str] | None = None) -> Launch | None:
    """Which launcher started this process; None if none did.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Environment variables; ``os.environ`` by default.

    Examples
    --------
    >>> launched({"PMI_SIZE": "4", "PMI_RANK": "1", "SLURM_STEP_NUM_TASKS": "2"})
    Launch(launcher='mpiexec', size=4, rank=1)
    >>> launched({"SLURM_NTASKS": "4"}) is None
    True
    """
    found = os.environ if environment is None else environment
    for launcher, size, rank in _VARIABLES:
        if found.get(size, "").isdigit():
            number = found.get(rank, "")
            return Launch(launcher, int(found[size]), int(number) if number.isdigit() else 0)
    return None


def check_launch(size: int, library: str, launch: Launch | None = None) -> None:
    """Refuse an MPI library that sees another number of ranks than the launcher started.

    Parameters
    ----------
    size : int
        Ranks that the library sees.
    library : str
        Its name, for the message.
    launch : Launch, optional
        How this process was started; :func:`launched` by default.

    Raises
    ------
    LaunchMismatch
        If the numbers differ.
    """
    launch = launch or launched()
    if launch is not None and launch.size != size:
        remedy = (
            "srun --mpi=list names what it can start (try --mpi=pmi2 or --mpi=pmix)"
            if launch.launcher == "srun"
            else "use the mpiexec of that library (for the mpich wheel: the one next to python)"
        )
        raise LaunchMismatch(
            f"{launch.launcher} started {launch.size} processes, but the MPI library "
            f"({library}) sees {size}; {remedy}; if nothing was "
            "launched and the variables are left over, --communicator local trains alone"
        )
