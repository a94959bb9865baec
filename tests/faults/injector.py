"""The fault injector: does something drastic at a named moment of a run.

``FASTAVG_FAILPOINT_LISTENER=injector:act`` makes fastavg call :func:`act` in the parent and
in every process; ``FASTAVG_FAULT`` says when and what::

    stored-half@round=3,worker=1,times=2:kill9

and ``FASTAVG_FAULT_FOLDER`` is an empty folder in which the processes agree on who was
struck already.  There the parent also keeps its ledger: one line for every worker that
entered an average.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from fastavg.machine.failpoints import PARENT_FAILPOINTS, PROCESS_FAILPOINTS

FAILPOINTS = (*PROCESS_FAILPOINTS, *PARENT_FAILPOINTS)


class Injected(Exception):
    """The error that the injector raises."""


class Unpicklable(Injected):
    """One that cannot travel between processes."""

    def __reduce__(self):
        raise RuntimeError("this exception does not pickle")


def act(failpoint: str, round: int, worker: int) -> None:
    """Strike, if this is the moment."""
    folder = Path(os.environ["FASTAVG_FAULT_FOLDER"])
    if failpoint == "averaging":
        with (folder / "ledger").open("a") as ledger:
            ledger.write(f"{round} {worker}\n")
    for number, fault in enumerate(os.environ.get("FASTAVG_FAULT", "").split(";")):
        if not fault:
            continue
        moment, _, action = fault.partition(":")
        name, _, conditions = moment.partition("@")
        wanted = dict(pair.split("=") for pair in conditions.split(",") if pair)
        times = int(wanted.pop("times", "1"))
        here = {"round": str(round), "worker": str(worker)}
        if name == failpoint and all(here[key] == value for key, value in wanted.items()):
            for turn in range(times):
                # Whoever creates the file is the one that is struck.
                with contextlib.suppress(FileExistsError):
                    (folder / f"struck-{number}-{turn}").touch(exist_ok=False)
                    strike(action)
                    break


def strike(action: str) -> None:
    """Do it to this process."""
    name, _, value = action.partition("=")
    if name == "kill9":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "killgroup":
        os.killpg(0, signal.SIGKILL)
    elif name == "segv":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif name == "abort":
        os.kill(os.getpid(), signal.SIGABRT)
    elif name == "exit":
        os._exit(int(value))
    elif name == "leave":
        raise SystemExit(0)
    elif name == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif name == "sleep":
        time.sleep(float(value))
    elif name == "deaf":
        until = time.monotonic() + float(value)
        while time.monotonic() < until:
            with contextlib.suppress(BaseException):
                time.sleep(1.0)
    elif name == "raise":
        raise Injected("injected")
    elif name == "unpicklable":
        raise Unpicklable("injected")
    elif name == "interrupt":
        os.kill(os.getpid(), signal.SIGINT)
    elif name == "memory":
        hog = []
        while True:
            hog.append(bytearray(1 << 24))
    else:
        raise AssertionError(f"no such action: {action}")
