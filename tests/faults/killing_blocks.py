"""A campaign that kills processes while rounds run in blocks."""

from __future__ import annotations

import contextlib
import os
import random
import statistics
import threading
import time
from dataclasses import replace
from unittest import mock

import psutil

from fastavg.training.observers.events import Observer, WorkerReplaced
from fastavg.training.team import supervised
from fastavg.training.team.fork_server import close_fork_server
from tests.faults import subject
from tests.faults.rows import SEED, Row

# About four seconds on two processes: some ten kills, each of which costs a block.
PLANS = {
    "rounds": replace(subject.PLAN, epochs=600, average_every="2 steps", solver_state="keep"),
    "gradients": replace(subject.PLAN, epochs=300, algorithm="gradient-averaging"),
}


class Heard(Observer):
    """Counts rounds; two of the same number would show."""

    weights_at = "block"

    def __init__(self):
        self.rounds, self.going = [], threading.Event()
        self.kills = self.replaced = 0

    def on_event(self, event):
        self.replaced += isinstance(event, WorkerReplaced)

    def on_round(self, event):
        self.rounds.append(event.round)
        if self.replaced >= self.kills:
            self.going.set()


class Killer(threading.Thread):
    """Kills a random process at a random time, again and again once the team is whole.

    Three that die in a row before they are ready end a run, which is another promise.
    """

    def __init__(self, dice, most, struck, heard):
        super().__init__()
        self._dice, self._most, self._struck, self._heard = dice, most, struck, heard
        self.over, self.kills = threading.Event(), 0

    def run(self):
        while self.kills < self._most:
            self._heard.going.wait()
            if self.over.wait(self._dice.uniform(0, 0.3)):
                return
            parents = {child.pid for child in psutil.Process().children()}
            team = [
                each for each in psutil.Process().children(recursive=True)
                if each.pid not in parents
            ]
            if team:
                with contextlib.suppress(psutil.Error):
                    victim = self._dice.choice(team)
                    self._heard.kills += 1
                    self._heard.going.clear()
                    self._struck.append(time.monotonic())
                    victim.kill()
                    self.kills += 1


def blocks(part):
    """kill -9 of a random process at random times while rounds run in blocks."""
    dice, data = random.Random(SEED + 3), subject.digits()
    wanted = {name: subject.train(data, plan=plan) for name, plan in PLANS.items()}
    row = Row("kill -9 of a random process during blocks of rounds",
              "identical weights and losses, every round heard of once, no hang")
    struck, noticed, left = [], [], max(4, int(200 * part))

    def note(name, round=-1, worker=-1):
        if name == "noticed" and struck:
            noticed.append(time.monotonic() - struck.pop(0))
            struck.clear()

    with mock.patch.object(supervised, "failpoint", note):
        while left > 0:
            for name, plan in PLANS.items():
                struck.clear()
                heard = Heard()
                killer = Killer(dice, left, struck, heard)
                killer.start()
                try:
                    found = subject.train(data, 2, observers=[heard], plan=plan)
                    right = found == wanted[name] and heard.rounds == list(range(len(heard.rounds)))
                    why = "other weights or losses"
                except BaseException as error:
                    right, why = False, repr(error)
                killer.over.set()
                heard.going.set()
                killer.join()
                left -= killer.kills
                for _ in range(killer.kills):
                    row.count(right, f"{name}: {why}")
    close_fork_server()
    row.more = f"(load {os.getloadavg()[0]:.1f})"
    ok = row.show()
    late = sorted(noticed)
    p99 = late[max(0, -(-99 * len(late) // 100) - 1)]
    seen = Row("detection of a process killed in a block", "p99 <= 50 ms")
    seen.count(p99 <= 0.050, f"p99 {p99 * 1e3:.1f} ms")
    seen.more = (f"(n {len(late)}, median {statistics.median(late) * 1e3:.1f} ms, "
                 f"p99 {p99 * 1e3:.1f} ms, longest {late[-1] * 1e3:.1f} ms)")
    return seen.show() and ok
