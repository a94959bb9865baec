"""How a run of the command ends: one line on stderr, and an exit code that says why."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback

import typer

from fastavg.communicators.mpi.abort import abort_all, end_rank, install_exception_hook
from fastavg.communicators.mpi.launch import launched
from fastavg.errors import FastavgError, LaunchMismatch

from .interrupts import Stopped, last_line, leave_at_once
from .lost_ranks import tell_other_ranks

# Programs that start ranks: of MPICH, Open MPI, Slurm.
LAUNCHERS = ("hydra_pmi_proxy", "mpiexec", "mpirun", "orted", "prte", "slurmstepd")
UNEXPECTED, USAGE, DATA, CLOSED = 1, 2, 3, 141


class OutputClosed(Exception):
    """The reader of standard output has closed it."""


def run(app: typer.Typer, arguments: list[str]) -> int:
    """Run the command; return its exit code, or end all ranks with it.

    0 done, 1 unexpected, 2 usage, 3 data or configuration, 4 diverged, 5 worker or rank
    lost, 129 hung up, 130 interrupted, 141 output closed, 143 terminated.

    Parameters
    ----------
    app : typer.Typer
        The command with its sub-commands.
    arguments : list of str
        What the user typed, without the program's name.
    """
    launch = launched()
    if launch is not None and launch.size > 1:
        # One of several ranks: its death must not leave the others waiting, from the start.
        install_exception_hook()
    code, words = _run(app, arguments)
    leave_at_once()
    if code:
        tell_other_ranks(words)
        abort_all(words, code)
    if launch is not None and launch.size > 1 and not code:
        end_rank(code)
    if code > 128 and code != CLOSED and launched() is None:
        # In haste: everything is closed, and the interpreter takes its time to go.
        os._exit(code)
    return code


def _run(app: typer.Typer, arguments: list[str]) -> tuple[int, str]:
    try:
        code = app(arguments, prog_name="fastavg", standalone_mode=False)
        sys.stdout.flush()
    except (OutputClosed, BrokenPipeError):
        silence_output()
        return CLOSED, ""
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else UNEXPECTED, ""
    except Stopped as stop:
        return stop.exit_code, last_line(stop.number, stop.note)
    except Exception as error:
        trace = traceback.format_exc() if "--debug" in arguments else ""
        code, words = _cause(error)
        return code, trace + words
    return code if isinstance(code, int) else 0, ""


def _cause(error: Exception) -> tuple[int, str]:
    if isinstance(error, LaunchMismatch):
        return error.exit_code, _line_of_the_first(str(error))
    if isinstance(error, FastavgError):
        return error.exit_code, _line(str(error))
    if hasattr(error, "format_message"):
        message = f"{error.format_message()} ('fastavg --help' lists what there is)"
        return USAGE, _line(message)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return DATA, _line(f"{place}{error.strerror or error}")
    if isinstance(error, MemoryError):
        return DATA, _line("the memory is full; fewer workers or a smaller network would fit")
    text = f"unexpected {type(error).__name__}: {error} (--debug shows where)"
    return UNEXPECTED, _line(text)


def _line(message: str) -> str:
    # One line, whatever the message brought along.
    return f"fastavg: {' '.join(message.split())}\n"


def _line_of_the_first(message: str) -> str:
    # All ranks fail like this, and never come to know of each other.  But variables that a
    # launcher has left behind may name any rank, and then there is no other to say it.
    launch = launched()
    first = launch is None or launch.rank == 0 or not _started_by_launcher()
    return _line(message) if first else ""


def _started_by_launcher() -> bool:
    import psutil

    with contextlib.suppress(psutil.Error):
        parent = psutil.Process().parent()
        return parent is not None and parent.name().startswith(LAUNCHERS)
    return False


def silence_output() -> None:
    """Let what is still to be written vanish; the interpreter flushes once more at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
