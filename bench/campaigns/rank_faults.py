"""How long all ranks live on after one of them fails, is killed or turns out to have other data.

    python bench/campaigns/rank_faults.py 20
    python bench/campaigns/rank_faults.py 20 kill
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
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
