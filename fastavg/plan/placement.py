"""How many processes a rank starts: as many as CPUs, and none inside others' parallelism."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import socket
import sys

import numpy as np

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import workers_of
from fastavg.errors import ConfigError
from fastavg.machine.interpreter import interpreter
from fastavg.machine.resources import most_processes, usable_cpus
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan

# Floating-point operations a second of one core, and seconds below which a second process
# costs more than it brings.
RATE, WORTH_A_PROCESS = 3e10, 0.5


def processes_here(asked: int | None, workers: int, communicator: Communicator) -> int:
    """The processes of this rank: as asked, else one for each worker and usable CPU.

    Ranks that may use the same CPUs share them; ranks that a launcher pinned to CPUs
    of their own do not.  A program that cannot start processes, for it is frozen or embeds
    Python, has one.  A collective call, also where the answer is known.

    Parameters
    ----------
    asked : int or None
        Processes that the user asked for; None for as many as are useful.
    workers : int
        Workers of all ranks together.
    communicator : Communicator
        Between the ranks that train together.

    Raises
    ------
    ConfigError
        If fewer than one are asked for.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> processes_here(3, 8, LocalCommunicator())
    3
    """
    if asked is not None and asked < 1:
        raise ConfigError(f"processes is {asked}; it must be a whole number of at least 1")
    local = len(workers_of(communicator.rank, communicator.size, workers))
    sharing = ranks_beside(communicator)
    if asked is None:
        asked = min(local, usable_cpus() // sharing, most_processes())
    return asked if asked > 1 and interpreter() is not None else 1


def shares_workers(plan: Plan, communicator: Communicator) -> bool:
    """True if a worker's parts are spread over ranks: there are more ranks than workers.

    Parameters
    ----------
    plan : Plan
        Its algorithm says in how many parts a worker's work is.
    communicator : Communicator
        Between the ranks that train together.
    """
    return bool(plan.algorithm.parts > 1 and communicator.size > plan.workers)


def cpus_of_all(communicator: Communicator) -> int:
    """Usable CPUs of all ranks together, each counted once; a collective call.

    Parameters
    ----------
    communicator : Communicator
        Between the ranks that train together.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> cpus_of_all(LocalCommunicator()) == usable_cpus()
    True
    """
    part = np.array([usable_cpus() / ranks_beside(communicator)])
    communicator.allreduce(part)
    return max(1, round(float(part[0])))


def ranks_beside(communicator: Communicator) -> int:
    """How many ranks may use this rank's CPUs, itself included; a collective call.

    Parameters
    ----------
    communicator : Communicator
        Between ranks.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> ranks_beside(LocalCommunicator())
    1
    """
    if communicator.size == 1:
        return 1
    places = np.zeros(communicator.size, np.int64)
    places[communicator.rank] = _place()
    communicator.allreduce(places)
    return int((places == places[communicator.rank]).sum())


def _place() -> int:
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    name = f"{socket.gethostname()}:{cpus}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little", signed=True)


def inside_parallelism() -> bool:
    """True in a process or a thread that joblib, Dask or multiprocessing made.

    >>> inside_parallelism()
    False
    """
    if multiprocessing.parent_process() is not None:
        return True
    if multiprocessing.current_process().daemon or "LOKY_PARENT_PID" in os.environ:
        return True
    return _inside_joblib() or _inside_dask()


def _inside_joblib() -> bool:
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend()
    return bool(getattr(backend, "nesting_level", 0))


def _inside_dask() -> bool:
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return False
    try:
        distributed.get_worker()
    except ValueError:
        return False
    return True


def processes_of(
    asked: int | None, network: Network, n_rows: int, epochs: float
) -> int | None:
    """The processes to ask for; None leaves it to the machine.

    Parameters
    ----------
    asked : int or None
        The estimator's ``processes``.
    network : Network
        What is trained.
    n_rows : int
        Training rows.
    epochs : float
        At most, as far as anybody knows.
    """
    if inside_parallelism():
        return 1
    if asked is not None:
        return asked
    seconds = network.flops_per_row * float(n_rows) * epochs / RATE
    return 1 if seconds < WORTH_A_PROCESS else None
