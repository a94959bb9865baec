"""Programs under mpiexec: real ranks, a deadline, and nobody left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
MARK = "FASTAVG_TEST_MARK"


class Ended(NamedTuple):
    """How a program ended."""

    code: int
    out: str
    err: str


def launcher():
    """The mpiexec next to python, as the mpich wheel brings it, or else the system's."""
    beside = Path(sys.executable).parent / "mpiexec"
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    if found is None:
        pytest.skip("there is no mpiexec here")
    return found


def start(*command, **environment):
    """mpiexec with its arguments, running in a session of its own."""
    return start_program(launcher(), *command, **environment)


def start_program(*command, **environment):
    """A program that ends up as mpiexec, running in a session of its own."""
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [*map(str, command)], cwd=ROOT, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **environment, MARK: mark},
    )
    process.mark = mark
    return process


def finish(process, seconds=100):
    """How it ended; a program that does not end in time is killed and fails the test."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        pytest.fail(f"the ranks did not end within {seconds} seconds\n{out}\n{err}")
    finally:
        left = survivors(process.mark)
        for other in left:
            other.kill()
    assert left == [], "processes outlived mpiexec"
    return Ended(process.returncode, out, err)


def run(*command, **environment):
    """How mpiexec with these arguments ends."""
    return finish(start(*command, **environment))


def survivors(mark, seconds=5.0):
    """Living processes with a mark in their environment, after a moment of grace.

    Each rank has a session of its own, and so would hide from a look at mpiexec's.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if (process.status() != psutil.STATUS_ZOMBIE
                        and process.environ().get(MARK) == mark):
                    found.append(process)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.02)
