"""The reliability campaign: every figure of docs/reliability, measured in full.

``python -m tests.faults.campaign`` runs everything; ``... campaign kill resume`` some of
it; ``--part 0.1`` a tenth of the repetitions.  Each line of output is a row of the table.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from fastavg import Checkpoints, FileDamaged, MLPClassifier, Model, Network, load, phases
from fastavg.atomicfile import OwnedFile
from fastavg.training.checkpoint import Checkpoint, identity, load_checkpoint, to_bytes
from fastavg.training.nursery import close_nursery
from fastavg.training.state import State
from tests.faults import subject
from tests.faults.harness import COMMAND, SUBJECT, Program

SEED = 20120824


class Row:
    """A row of the table: how many of how many, and what else was measured."""

    def __init__(self, name, wanted):
        self.name, self.wanted, self.good, self.all, self.more = name, wanted, 0, 0, ""
        self.failures = []

    def count(self, good, why=""):
        self.all += 1
        self.good += bool(good)
        if not good:
            self.failures.append(str(why)[:300])

    def show(self):
        verdict = "reached" if self.good == self.all else "MISSED"
        measured = f"{self.good} of {self.all} {self.more}".strip()
        print(f"| {self.name} | {self.wanted} | {measured} | {verdict} |", flush=True)
        for failure in self.failures[:5]:
            print("    ", failure, flush=True)
        return self.good == self.all


def kill(part):
    """kill -9 of a random process of the team, its nursery included, at random times."""
    dice, data = random.Random(SEED), subject.digits()
    wanted = subject.train(data)
    subject.train(data, 2)
    began = time.monotonic()
    subject.train(data, 2)
    usual = time.monotonic() - began
    row = Row("kill -9 of a random process at random times", "identical weights, no hang")
    struck, noticed = {}, []

    def listen(phase, round, worker):
        if phase == "noticed" and struck.get("at"):
            noticed.append(time.monotonic() - struck.pop("at"))

    phases.listener = listen
    kills = 0
    for _ in range(max(1, int(200 * part))):
        over, pause, pick = threading.Event(), dice.uniform(0, usual * 0.9), dice.random()

        def killer(over, pause, pick):
            nonlocal kills
            over.wait(pause)
            team = [] if over.is_set() else psutil.Process().children(recursive=True)
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
            row.count(found == wanted, "other weights or losses")
        except BaseException as error:
            row.count(False, repr(error))
        over.set()
        thread.join()
        struck.clear()
    phases.listener = None
    close_nursery()
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
    row = Row("Ctrl-C in every phase", "exit 130 in <= 1 s, <= 2 lines, no traceback")
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


def checkpoint(part):
    """kill -9 during a checkpoint: writers that do nothing else are killed at random times."""
    dice = random.Random(SEED + 3)
    row = Row("kill -9 during a checkpoint", "the file loads as the old or the new")
    random_numbers = np.random.default_rng(0)
    center = random_numbers.random((3, 100_000), "f4")
    mark = identity(subject.NETWORK, subject.PLAN, subject.digits())
    none = np.zeros((0, 0), "f4")
    litter = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run")
        for _ in range(max(5, int(500 * part))):
            at = load_checkpoint(path).state.rounds if path.exists() else 0
            read, write = os.pipe()
            writer = os.fork()
            if not writer:
                file = OwnedFile(path)
                for rounds in range(at, at + 10_000):
                    state = State(rounds, center + rounds, none, none)
                    file.write(to_bytes(Checkpoint(state, mark)))
                    os.write(write, rounds.to_bytes(8, "little"))
                os._exit(0)
            os.close(write)
            time.sleep(dice.uniform(0, 0.03))
            os.kill(writer, signal.SIGKILL)
            os.waitpid(writer, 0)
            said = os.read(read, 1 << 16)
            os.close(read)
            last = int.from_bytes(said[-8:], "little") if said else at - 1
            try:
                state = load_checkpoint(path).state if path.exists() else None
                right = (
                    (state is None and last < at) if state is None else
                    state.rounds in (last, last + 1, at)
                    and np.array_equal(state.center, center + state.rounds)
                )
                row.count(right, (at, last, state and state.rounds))
            except FileDamaged as error:
                row.count(False, error)
            litter += sum(name != "run" for name in os.listdir(folder))
        row.more = f"(other files seen in the folder: {litter})"
    return row.show()


def damage(part):
    """Every byte of a model file changed, every truncation."""
    row = Row("every byte of a model file flipped, every truncation", "refused")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "m.safetensors")
        network = Network((4, 3, 2))
        Model(network, network.initial_weights(0), np.array(["no", "yes"])).save(path)
        whole = path.read_bytes()
        damaged = [whole[:size] for size in range(len(whole))]
        for at, old in enumerate(whole):
            damaged += [whole[:at] + bytes([new]) + whole[at + 1 :]
                        for new in (old ^ 1, old ^ 128, 0, 255) if new != old]
        damaged += [whole + b"\0", whole + whole]
        for data in damaged[:: max(1, round(1 / part))]:
            path.write_bytes(data)
            try:
                load(path)
                row.count(False, "loaded")
            except FileDamaged:
                row.count(True)
    return row.show()


def resume(part):
    """kill -9 after every round, resumed with 1, 2 and 3 processes."""
    data = subject.digits()
    wanted = subject.train(data)["sha256"]
    row = Row("kill and resume at every round, other process counts", "identical weights")
    with tempfile.TemporaryDirectory() as folder:
        for rounds in range(0, subject.PLAN.n_rounds, max(1, round(1 / part))):
            path = Path(folder, f"run-{rounds}")
            victim = os.fork()
            if not victim:
                def strike(phase, round, worker, rounds=rounds):
                    if phase == "averaged" and round == rounds:
                        os.kill(os.getpid(), signal.SIGKILL)

                phases.listener = strike
                subject.train(data, 1, Checkpoints(path, every=1))
                os._exit(0)
            os.waitpid(victim, 0)
            saved = load_checkpoint(path).state.rounds
            processes = 1 + rounds % 3
            found = subject.train(data, processes, Checkpoints(path, every=1, resume="auto"))
            row.count(found["sha256"] == wanted and saved == rounds, (rounds, saved, processes))
    close_nursery()
    return row.show()


def fits(part):
    """1,000 fits in one process: memory and descriptors."""
    row = Row("1,000 fits in one process", "memory growth <= 5 %, descriptors constant")
    random_numbers = np.random.default_rng(0)
    X = random_numbers.normal(size=(300, 10)).astype("f4")
    y = X[:, 0] > X[:, 1]
    me, count = psutil.Process(), max(20, int(1000 * part))

    def fit(turn):
        MLPClassifier((8,), workers=2, processes=1 + turn % 2, max_iter=2, random_state=0,
                      n_iter_no_change=10**6).fit(X, y)

    for turn in range(count // 10):
        fit(turn)
    gc.collect()
    memory, handles = me.memory_info().rss, me.num_fds()
    for turn in range(count):
        fit(turn)
    gc.collect()
    growth = me.memory_info().rss / memory - 1
    row.count(growth <= 0.05 and me.num_fds() == handles, (growth, handles, me.num_fds()))
    row.more = f"({count} fits: memory {growth:+.1%}, descriptors {handles} and {me.num_fds()})"
    close_nursery()
    return row.show()


def cost(part):
    """What supervision and a checkpoint every minute cost, by runs in turn with and without."""
    from tests.faults.bare import bare

    row = Row("cost of all this in an undisturbed run", "<= 1 % of the time")
    data, turns = subject.digits(), max(4, int(22 * part))
    plan = replace(subject.PLAN, epochs=60)
    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for turn in range(turns):
            seconds = {}
            for kind in ("bare", "whole") if turn % 2 else ("whole", "bare"):
                began = time.perf_counter()
                if kind == "bare":
                    with bare():
                        subject.train(data, 2, plan=plan)
                else:
                    path = Path(folder, f"run-{turn}")
                    subject.train(data, 2, Checkpoints(path, every="60s"), plan=plan)
                seconds[kind] = time.perf_counter() - began
            ratios.append(seconds["whole"] / seconds["bare"])
    middle = statistics.median(ratios[2:])
    row.count(middle <= 1.01, middle)
    row.more = f"(median of {len(ratios) - 2} pairs: {middle - 1:+.2%})"
    close_nursery()
    return row.show()


CAMPAIGNS = {each.__name__: each for each in (
    kill, parent, interrupt, checkpoint, damage, resume, fits, cost,
)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*CAMPAIGNS, []], help=", ".join(CAMPAIGNS))
    parser.add_argument("--part", type=float, default=1.0, help="part of the repetitions")
    options = parser.parse_args()
    print("| property | promise | measured | |\n| --- | --- | --- | --- |", flush=True)
    reached = [CAMPAIGNS[name](options.part) for name in options.names or CAMPAIGNS]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
