"""How many processes a fit may have: none of its own inside somebody else's parallelism."""

from __future__ import annotations

import multiprocessing
import os
import sys

from fastavg.networks.network import Network

# Floating-point operations a second of one core, and seconds below which a second process
# costs more than it brings.
RATE, WORTH_A_PROCESS = 3e10, 0.5


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
    n_rows : int
    epochs : float
        At most, as far as anybody knows.
    """
    if inside_parallelism():
        return 1
    if asked is not None:
        return asked
    seconds = network.flops_per_row * float(n_rows) * epochs / RATE
    return 1 if seconds < WORTH_A_PROCESS else None
