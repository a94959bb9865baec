"""Campaigns that kill: processes of the team, the parent, the whole group; and Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from pathlib import Path

import psutil

from fastavg.machine import failpoints
from fastavg.training.checkpoints.file import load_checkpoint
from fastavg.training.team.fork_server import close_fork_server
from tests.conftest import children
from tests.faults import subject
from tests.faults.harness import COMMAND, SUBJECT, Program
from tests.faults.rows import SEED, Row


def kill(part):
    """kill -9 of a random process of the team, its fork server included, at random times."""
    dice, data = random.Random(SEED), subject.digits()
    wanted = subject.train(data)
    subject.train(data, 2)
    began = time.monotonic()
    subject.train(data, 2)
    usual = time.monotonic() - began
    row = Row("kill -9 of a random process at random times",
              "identical weights and losses, every (round, worker) averaged once, no hang")
    struck, noticed, entered = {}, [], []

    def listen(failpoint, round, worker):
        if failpoint == "averaging":
            entered.append((round, worker))
        if failpoint == "noticed" and struck.get("at"):
            noticed.append(time.monotonic() - struck.pop("at"))

    failpoints.listener = listen
    plan = subject.PLAN
    everybody = [(r, w) for r in range(plan.n_rounds) for w in range(plan.workers)]
    kills = 0
    for _ in range(max(1, int(200 * part))):
        over, pause, pick = threading.Event(), dice.uniform(0, usual * 0.9), dice.random()

        def killer(over, pause, pick):
            nonlocal kills
            over.wait(pause)
            team = [] if over.is_set() else children()
            if team:
                victim = team[int(pick * len(team))]
                with contextlib.suppress(psutil.Error):
                    if victim.ppid() != os.getpid():
                        struck["at"] = time.monotonic()
                    victim.kill()
                    kills += 1

        thread = threading.Thread(target=killer, args=(over, pause, pick))
        thread.start()
        try:
            found = subject.train(data, 2)
            right = found == wanted and entered == everybody
            row.count(right, f"other weights or losses, or {len(entered)} entries into averages")
        except BaseException as error:
            row.count(False, repr(error))
        over.set()
        thread.join()
        struck.clear()
        entered.clear()
    failpoints.listener = None
    close_fork_server()
    row.more = f"({kills} kills)"
    ok = row.show()
    late = sorted(noticed)
    seen = Row("detection of a killed process", "p99 <= 50 ms")
    p99 = late[max(0, -(-99 * len(late) // 100) - 1)] if late else float("nan")
    seen.count(p99 <= 0.050, f"p99 {p99 * 1e3:.1f} ms")
    seen.more = (f"(n {len(late)}, median {statistics.median(late) * 1e3:.1f} ms, "
                 f"p99 {p99 * 1e3:.1f} ms, longest {late[-1] * 1e3:.1f} ms)")
    return seen.show() and ok


def parent(part):
    """kill -9 of the parent, or of its whole group, at random times."""
    dice = random.Random(SEED + 1)
    began = time.monotonic()
    Program([*SUBJECT, "2"], SUBJECT_EPOCHS="40").end()
    usual = time.monotonic() - began
    row = Row("kill -9 of the parent or the group at random times",
              "no process, no file left after 1 s")
    for turn in range(max(2, int(200 * part))):
        program = Program([*SUBJECT, "2"], SUBJECT_EPOCHS="1000")
        time.sleep(dice.uniform(0, usual))
        program.signal(signal.SIGKILL, group=bool(turn % 2))
        program.process.wait()
        left = program.leftovers(1.0)
        program.end()
        row.count(not left, left)
    return row.show()


def interrupt(part):
    """Ctrl-C at random times of the command, from its first instruction to its last."""
    dice = random.Random(SEED + 2)
    command = [*COMMAND, "train", "--workers", "4", "--processes", "2", "--quiet"]
    began = time.monotonic()
    Program([*command, "--epochs", "20"]).end()
    usual = time.monotonic() - began
    row = Row("Ctrl-C at every failpoint", "exit 130 in <= 1 s, <= 2 lines, no traceback")
    longest = 0.0
    for turn in range(max(2, int(50 * part))):
        with tempfile.TemporaryDirectory() as folder:
            more = {}
            if turn % 5 == 0:
                # An empty cache: the kernels are compiled.
                more["FASTAVG_CACHE_DIR"] = str(Path(folder, "cache"))
            options = ["--epochs", "4000"]
            if turn % 2:
                options += ["--checkpoint", str(Path(folder, "run")), "--checkpoint-every", "1"]
            program = Program([*command, *options], **more)
            # The interpreter's own start is not ours: Python prints what it likes there.
            time.sleep(0.12 + dice.uniform(0, usual))
            before = time.monotonic()
            program.signal(signal.SIGINT, group=bool(turn % 3))
            ended = program.end()
            seconds = time.monotonic() - before
            longest = max(longest, seconds)
            left = program.leftovers(1.0)
            if turn % 2 and Path(folder, "run").exists():
                load_checkpoint(Path(folder, "run"))
            lines = ended.err.splitlines()
            good = (ended.code == 130 and seconds <= 1 and len(lines) <= 2 and not left
                    and "Traceback" not in ended.err)
            row.count(good, (ended.code, round(seconds, 2), lines, left))
    row.more = f"(longest {longest:.2f} s)"
    return row.show()
