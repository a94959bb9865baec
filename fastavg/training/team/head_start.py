"""A head start for the process that starts others: it loads while rows are checked and copied."""

from __future__ import annotations

from fastavg.communicators import Communicator, LocalCommunicator
from fastavg.communicators.mpi.launch import launched
from fastavg.kernels.jit.cache_folder import is_compiled
from fastavg.plan.placement import processes_here
from fastavg.plan.plan import Plan
from fastavg.training.team.launcher import prepare_launcher


def give_head_start(
    plan: Plan, processes: int | None, communicator: str | Communicator | None = None
) -> None:
    """Let the fork server load its kernels already, if the run will have several processes.

    It takes about a second, once in a program.  A wrong guess costs a process that is not used;
    it changes nothing else.

    Parameters
    ----------
    plan : Plan
        Of the run.
    processes : int or None
        As asked for; None for as many as are useful.
    communicator : str, Communicator or None
        What connects ranks.  Several ranks may share this host's processors; how many are this
        one's is not known yet.
    """
    at_once = plan.workers * plan.algorithm.parts
    # The many small fits of one worker pay nothing.
    if at_once < 2 or (processes is not None and processes < 2):
        return
    if communicator == "auto" and launched() is None:
        communicator = None
    if isinstance(communicator, str) or getattr(communicator, "size", 1) > 1:
        return
    # What is not compiled yet keeps all processors busy.
    if not any(is_compiled(plan.dtype, part) for part in ("training", "blocks")):
        return
    if min(at_once, processes_here(processes, at_once, LocalCommunicator())) > 1:
        prepare_launcher(plan.dtype)
