"""The command as a person starts it: a real process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

from tests.faults.harness import heed_signals

FAST = ("--hidden", "12", "--epochs", "2", "--average-every", "0.5")


def start(*arguments, cwd=None, **more):
    """The running command, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "fastavg_cli", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd,
        start_new_session=True, preexec_fn=heed_signals, **more,
    )


def run(*arguments, cwd=None, **more):
    """(exit code, stdout, stderr) of the command."""
    process = start(*arguments, cwd=cwd, **more)
    out, err = process.communicate(timeout=100)
    return process.returncode, out, err


def refused(code, *arguments, cwd=None, by=run):
    """The one line on stderr of a command that must end with a code."""
    found, out, err = by(*arguments, cwd=cwd)
    assert (found, out) == (code, ""), err
    assert err.startswith("fastavg: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def records(text):
    """The JSON objects of a stdout that holds nothing else."""
    return [json.loads(line) for line in text.splitlines()]


def family(process):
    """Living processes of the command's session."""
    import psutil

    found = []
    for other in psutil.process_iter():
        try:
            if os.getsid(other.pid) == process.pid and other.status() != psutil.STATUS_ZOMBIE:
                found.append(other)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def end(process, signum, everybody):
    """Send a signal to the command, or as the terminal does to all of its session."""
    if everybody:
        os.killpg(process.pid, signum)
    else:
        process.send_signal(signum)
    out, err = process.communicate(timeout=60)
    deadline = time.monotonic() + 10
    while family(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert family(process) == []
    return process.returncode, out, err


INTERRUPT, TERMINATE = signal.SIGINT, signal.SIGTERM
