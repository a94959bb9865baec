"""How long all ranks live on after one of them fails, is killed or turns out to have other data.

    python bench/campaigns/rank_faults.py 20
    python bench/campaigns/rank_faults.py 20 kill
    python bench/campaigns/rank_faults.py 50 anytime

``anytime`` kills a rank at any time between the start of mpiexec and the end of the run, in turn
each rank; a rank that is not there yet is killed as soon as it is.  While Python itself starts,
before the command's first line, a rank has no guardian yet: such kills are counted by themselves,
as are those in its last milliseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import numpy as np
import psutil

RANKS = 3
STRIKE = """
import os, signal, time
def act(name, round, worker):
    if os.environ["ACTION"] == "data":
        return
    if name == "averaged" and round == 3 and os.environ.get("PMI_RANK") == os.environ["STRUCK"]:
        open(os.environ["MOMENT"], "w").write(repr(time.time()))
        if os.environ["ACTION"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise ValueError("struck")
"""


def living(mark):
    """Processes with a mark in their environment that are not yet gone."""
    # Each rank has a session of its own, so theirs is no help.
    found = 0
    for process in psutil.process_iter():
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            found += alive and process.environ().get("MARK") == mark
        except (ProcessLookupError, psutil.Error):
            continue
    return found


def once(action, struck, folder):
    """Seconds from the fault to the last process's end, and mpiexec's exit code."""
    moment, mark = folder / "moment", uuid.uuid4().hex
    moment.unlink(missing_ok=True)
    program = [sys.executable, "-m", "fastavg_cli", "train"]
    rest = ["--workers", "3", "--epochs", "500", "--hidden", "20", "--quiet"]
    command = [str(Path(sys.executable).parent / "mpiexec")]
    for rank in range(RANKS):
        name = "other.npz" if action == "data" and rank == struck else "usual.npz"
        command += [*([":"] if rank else []), "-n", "1", *program, str(folder / name), *rest]
    process = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, env={
            **os.environ, "FASTAVG_FAILPOINT_LISTENER": "strike:act", "PYTHONPATH": str(folder),
            "ACTION": action, "STRUCK": str(struck), "MOMENT": str(moment),
            "MARK": mark,
        },
    )
    said = process.stderr.readline()
    heard = time.time()
    said += process.communicate()[1]
    while living(mark):
        time.sleep(0.005)
    began = float(moment.read_text()) if moment.exists() else heard
    return time.time() - began, process.returncode, said.strip()


def rank_process(launcher, number):
    """The process of a rank below mpiexec, and whether its guardian runs; None if there is none."""
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        below = psutil.Process(launcher).children(recursive=True)
        for process in below:
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                words = process.cmdline()
                if ("fastavg_cli" in words and process.status() != psutil.STATUS_ZOMBIE
                        and process.environ().get("PMI_RANK") == str(number)):
                    guards = [p for p in process.children() if "guardian.py" in str(p.cmdline())]
                    return process, bool(guards)
    return None


def whole_run(folder):
    """mpiexec with a short run on three ranks."""
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "mpiexec"), "-n", str(RANKS), sys.executable, "-m",
         "fastavg_cli", "train", str(folder / "usual.npz"), "--workers", "3", "--epochs", "40",
         "--hidden", "20", "--quiet"],
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def kill_at(delay, struck, folder):
    """What came of a rank that is killed so many seconds after the start."""
    began, process = time.monotonic(), whole_run(folder)
    found, killed = None, 0.0
    while process.poll() is None:
        if time.monotonic() - began >= delay:
            found = rank_process(process.pid, struck)
            if found is not None:
                with contextlib.suppress(psutil.Error):
                    found[0].kill()
                    killed = time.monotonic() - began
                    break
        time.sleep(0.002)
    out, said = process.communicate()
    said = said.strip()
    if process.returncode == 0 and not said:
        outcome = "ended before"
    elif process.returncode == 5 and said and "\n" not in said:
        outcome = "one sentence"
    else:
        outcome = "page" if found is None or found[1] else "no guardian yet, or no more"
    return {
        "delay": round(delay, 3), "killed": round(killed, 3), "rank": struck, "outcome": outcome,
        "guarded": found is not None and found[1], "code": process.returncode,
        "result_was_out": bool(out), "said": said[:300],
    }


def anytime(times, folder):
    """Kill ranks from the first moment to the last; write one record."""
    began, undisturbed = time.monotonic(), whole_run(folder)
    undisturbed.communicate()
    seconds = time.monotonic() - began
    ends = []
    for turn in range(times):
        delay = seconds * (turn + random.random()) / times
        ends.append(kill_at(delay, turn % RANKS, folder))
        sys.stderr.write(json.dumps(ends[-1]) + "\n")
    sys.stdout.write(json.dumps({
        "fault": "anytime", "times": times, "seconds": round(seconds, 2),
        "outcomes": dict(Counter(end["outcome"] for end in ends)),
        "said": sorted({re.sub(r"[0-9]+", "N", end["said"]) for end in ends}),
        "pages": [end for end in ends if end["outcome"] == "page"],
    }, indent=1) + "\n")


def main(times, actions):
    """Strike each rank in turn; write one record for each kind of fault."""
    from fastavg.datasets import load_digits5k

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "strike.py").write_text(STRIKE)
        X, y = load_digits5k()
        np.savez(folder / "usual.npz", X=X, y=y)
        X = X.copy()
        X[17, 200] += 0.5
        np.savez(folder / "other.npz", X=X, y=y)
        for action in actions:
            if action == "anytime":
                anytime(times, folder)
                continue
            ends = [once(action, turn % RANKS, folder) for turn in range(times)]
            seconds = [end[0] for end in ends]
            sys.stdout.write(json.dumps({
                "fault": action, "times": times, "within_2_seconds": sum(s < 2 for s in seconds),
                "slowest": max(seconds),
                "exit_codes": sorted({end[1] for end in ends}),
                "lines": sorted({end[2].count("\n") + 1 for end in ends}),
                "said": sorted({re.sub(r"[0-9]+", "N", end[2]) for end in ends}),
            }) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 20, sys.argv[2:] or ("raise", "kill", "data"))
