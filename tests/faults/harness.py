"""Runs programs in sessions of their own and sees to what they leave behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent
SUBJECT = [sys.executable, str(HERE / "subject.py")]
COMMAND = [str(Path(sys.executable).with_name("fastavg"))]
# Other programs on this machine have their shared memory there too; names say whose it is.
SHARED = "/dev/shm"


@dataclass
class Ended:
    """How a program ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def result(self) -> dict:
        """The JSON that it printed last."""
        return json.loads(self.out.splitlines()[-1])


class Program:
    """A program in a session of its own.

    Parameters
    ----------
    command : list of str
    fault : str
        For the injector.
    folder : path
        An empty one, for the injector.
    """

    def __init__(self, command, fault="", folder=None, **environment):
        self.temporary = tempfile.TemporaryDirectory()
        variables = {**os.environ, "TMPDIR": self.temporary.name, **environment}
        if folder is not None:
            path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
            variables |= {
                "FASTAVG_FAILPOINT_LISTENER": "injector:act", "FASTAVG_FAULT": fault,
                "FASTAVG_FAULT_FOLDER": str(folder), "PYTHONPATH": path,
            }
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, env=variables, preexec_fn=heed_signals,
        )
        self.session = self.process.pid
        # Whom its shared memory may be named after, also when they are gone.
        self.seen = {self.session}

    def members(self) -> list[psutil.Process]:
        """Everybody alive in its session."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if (os.getsid(process.pid) == self.session
                        and process.status() != psutil.STATUS_ZOMBIE):
                    found.append(process)
        self.seen |= {process.pid for process in found}
        return found

    def descendants(self) -> list[psutil.Process]:
        """Its members but itself."""
        return [process for process in self.members() if process.pid != self.session]

    def signal(self, number: int, group: bool = False) -> None:
        """Send a signal to it, or to all of its group."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.process.pid, number)

    def end(self, seconds: float = 90.0) -> Ended:
        """Wait for it; one that hangs is a failure that names who hangs."""
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            left = [(p.pid, p.status(), p.cmdline()[-1:]) for p in self.members()]
            self.signal(signal.SIGKILL, group=True)
            self.process.communicate()
            raise AssertionError(f"hung for {seconds} s: {left}") from None
        return Ended(self.process.returncode, out, err, time.monotonic() - self.began)

    def leftovers(self, seconds: float = 1.0) -> list[str]:
        """Processes and files that are still there after so many seconds."""
        deadline = time.monotonic() + seconds
        while (members := self.members()) and time.monotonic() < deadline:
            time.sleep(0.01)
        left = [f"process {process.pid}" for process in members]
        own = tuple(f"fastavg-{pid}-" for pid in self.seen)
        left += [f"{SHARED}/{name}" for name in sorted(names(SHARED)) if name.startswith(own)]
        left += [f"a temporary {name}" for name in names(self.temporary.name)]
        for process in members:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.temporary.cleanup()
        return left


def heed_signals() -> None:
    """Let a program heed the signals that nohup, or a shell's &, has the tests ignore."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def names(place: str) -> set[str]:
    """Names in a folder; none if there is no such folder."""
    return set(os.listdir(place)) if os.path.isdir(place) else set()


def ledger(folder: Path) -> list[tuple[int, int]]:
    """Who entered which round's average, in order."""
    lines = (folder / "ledger").read_text().splitlines()
    return [(int(round), int(worker)) for round, worker in (line.split() for line in lines)]


def whole(folder: Path, rounds: int, workers: int) -> bool:
    """True if every worker entered every round's average exactly once."""
    return ledger(folder) == [(r, w) for r in range(rounds) for w in range(workers)]
