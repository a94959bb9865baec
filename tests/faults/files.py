"""Campaigns on files: killed writers, damaged bytes, runs that are resumed."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from pathlib import Path

import numpy as np

from fastavg import FileDamaged, Model, Network, Plan, load
from fastavg.data.rows import Rows
from fastavg.machine import failpoints
from fastavg.machine.atomic_file import OwnedFile
from fastavg.training.checkpoints.file import Checkpoint, identity, load_checkpoint, to_bytes
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.checkpoints.state import State
from fastavg.training.team.fork_server import close_fork_server
from tests.faults import subject
from tests.faults.rows import SEED, Row


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
    """Every byte of a model and of a checkpoint changed, every truncation."""
    network = Network((4, 3, 2))
    weights = network.initial_weights(0)
    model = Model(network, weights, np.array(["no", "yes"]))
    ok = damaged("a model file", model.save, load, part)
    plan, none = Plan(workers=2), np.zeros((0, 0), "f4")
    rows = Rows(np.ones((4, 4), "f4"), np.ones((4, 1), "f4"), np.zeros(0, "f4"))
    state = Checkpoint(State(3, weights[None], none, none), identity(network, plan, rows))
    return damaged(
        "a checkpoint", lambda path: path.write_bytes(to_bytes(state)), load_checkpoint, part
    ) and ok


def damaged(what, save, read, part):
    """Every byte of a file changed in four ways, every length that is too short, and more."""
    row = Row(f"every byte of {what} flipped, every truncation", "refused")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "m.safetensors")
        save(path)
        read(path)
        whole = path.read_bytes()
        files = [whole[:size] for size in range(len(whole))]
        for at, old in enumerate(whole):
            files += [whole[:at] + bytes([new]) + whole[at + 1 :]
                      for new in (old ^ 1, old ^ 128, 0, 255) if new != old]
        files += [whole + b"\0", whole + whole]
        for data in files[:: max(1, round(1 / part))]:
            path.write_bytes(data)
            try:
                read(path)
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
                def strike(failpoint, round, worker, rounds=rounds):
                    if failpoint == "averaged" and round == rounds:
                        os.kill(os.getpid(), signal.SIGKILL)

                failpoints.listener = strike
                subject.train(data, 1, Checkpoints(path, every=1))
                os._exit(0)
            os.waitpid(victim, 0)
            saved = load_checkpoint(path).state.rounds
            processes = 1 + rounds % 3
            found = subject.train(data, processes, Checkpoints(path, every=1, resume="auto"))
            row.count(found["sha256"] == wanted and saved == rounds, (rounds, saved, processes))
    close_fork_server()
    return row.show()
