"""The process that starts others loads its kernels while this one is still importing."""

from __future__ import annotations

import os

from fastavg.communicators.mpi.launch import launched

# With one of these it is not known yet how many processes there will be, or none are needed.
UNKNOWN = ("--help", "--preset", "--config", "--print-config", "--set", "--algorithm")


def start_early(arguments: list[str]) -> None:
    """Start it, if arguments of ``fastavg train`` promise several processes.

    A wrong guess costs a process that is not used; it changes nothing else.

    Parameters
    ----------
    arguments : list of str
        Those of ``fastavg train``, without the command's name.
    """
    # Ranks share a host's CPUs; how many are this one's is not known yet.
    if not hasattr(os, "sched_getaffinity") or launched():
        return
    if any(argument.partition("=")[0] in UNKNOWN for argument in arguments):
        return
    dtype = _value(arguments, "--dtype", "float32")
    workers = _number(arguments, "--workers", 2)
    if min(workers, _number(arguments, "--processes", len(os.sched_getaffinity(0)))) < 2:
        return
    if dtype in ("float32", "float64"):
        from fastavg.training.team.launcher import prepare_launcher

        prepare_launcher(dtype)


def _value(arguments: list[str], flag: str, default: str) -> str:
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == flag:
            return value if equals else next(iter(arguments[place + 1 :]), default)
    return default


def _number(arguments: list[str], flag: str, default: int) -> int:
    text = _value(arguments, flag, "")
    return int(text) if text.isdecimal() else default
