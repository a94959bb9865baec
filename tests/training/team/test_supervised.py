"""A supervised team: processes that die or raise, and orders that are carried out again."""

import contextlib
import os
import signal
import threading

import psutil
import pytest

from fastavg.errors import WorkerLost
from fastavg.solvers import SGD
from fastavg.training.observers.events import RoundFinished, WorkerReplaced
from fastavg.training.team.supervised import SupervisedTeam
from tests.training.faulty import KillsItself, Raises
from tests.training.runs import Recorder, fingerprint, run, small_plan

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]


class KillsAProcess:
    """After some rounds, kills one of the processes that run workers."""

    def __init__(self, rounds):
        self.rounds, self.killed = rounds, []

    def on_event(self, event):
        if isinstance(event, RoundFinished) and event.round in self.rounds:
            parents = {child.pid for child in psutil.Process().children()}
            workers = [
                child for child in psutil.Process().children(recursive=True)
                if child.pid not in parents
            ]
            victim = max(workers, key=lambda child: child.pid)
            os.kill(victim.pid, signal.SIGKILL)
            self.killed.append(victim.pid)


@pytest.mark.parametrize("state", ["average", "keep"])
def test_killed_processes_change_no_bit(state):
    plan = small_plan(solver_state=state, epochs=8)
    recorder, killer = Recorder(), KillsAProcess({0, 7})
    weights = run(plan, processes=2, observers=[recorder, killer])
    assert fingerprint(weights) == fingerprint(run(plan))
    replaced = recorder.of(WorkerReplaced)
    # A process killed at its start may be missed by nobody: the other does all the work.
    assert {event.pid for event in replaced} <= set(killer.killed)
    assert len(killer.killed) == 2
    assert all("SIGKILL" in event.cause for event in replaced)


@pytest.mark.parametrize("state", ["average", "reset", "keep"])
def test_a_process_that_dies_at_the_end_of_its_training_changes_no_bit(state, tmp_path):
    solver = KillsItself(deaths=str(tmp_path / "deaths"), times=2)
    recorder = Recorder()
    plan = small_plan(solver_state=state, solver=solver)
    weights = run(plan, processes=2, observers=[recorder])
    assert fingerprint(weights) == fingerprint(run(small_plan(solver_state=state, solver=SGD())))
    assert (tmp_path / "deaths").stat().st_size == 2
    assert len(recorder.of(WorkerReplaced)) == 2


def test_a_task_that_kills_every_process_is_given_up(tmp_path):
    solver = KillsItself(deaths=str(tmp_path / "deaths"), times=10**6)
    with pytest.raises(WorkerLost, match=r"worker \d lost 3 processes in round 0.*SIGKILL") as seen:
        run(small_plan(solver=solver), processes=2)
    assert seen.value.exit_code == 5


@pytest.mark.parametrize("start", ["fork-server", "spawn"])
def test_a_worker_that_raises_says_why(start, monkeypatch):
    monkeypatch.setenv("FASTAVG_START", start)
    plan = small_plan(solver=Raises(at_step=3))
    with pytest.raises(
        WorkerLost, match=r"worker \d failed in round 2: ZeroDivisionError: the answer is not"
    ) as seen:
        run(plan, processes=2)
    assert "raise ZeroDivisionError" in str(seen.value.__cause__)


def test_a_worker_that_raises_here_raises_here():
    with pytest.raises(ZeroDivisionError, match="the answer"):
        run(small_plan(solver=Raises()))


class KillsInBlocks(threading.Thread):
    """Once rounds are heard of, kills processes that run workers, one place after the other."""

    def __init__(self, kills):
        super().__init__()
        self._kills, self.over, self.heard = kills, threading.Event(), threading.Event()

    def run(self):
        self.heard.wait(30)
        while self._kills and not self.over.wait(0.1):
            us = {child.pid for child in psutil.Process().children()}
            workers = [
                child.pid for child in psutil.Process().children(recursive=True)
                if child.pid not in us
            ]
            if workers:
                self._kills -= 1
                with contextlib.suppress(ProcessLookupError):
                    # Three deaths of one member within a block would end the run.
                    os.kill(sorted(workers)[self._kills % len(workers)], signal.SIGKILL)


class Hears(Recorder):
    weights_at = "block"

    def __init__(self, killer):
        super().__init__()
        self._killer = killer

    def on_event(self, event):
        super().on_event(event)
        if isinstance(event, RoundFinished):
            self._killer.heard.set()


@pytest.mark.parametrize(("change", "processes"), [
    ({"solver_state": "keep", "averaging": "slowmo"}, 3),
    ({"algorithm": "gradient-averaging", "workers": 3, "solver": "sgd"}, 2),
], ids=["rounds", "gradients"])
def test_processes_killed_in_blocks_change_no_bit(change, processes):
    plan, killer = small_plan(epochs=1200, average_every="1 step", **change), KillsInBlocks(3)
    expected, recorder = fingerprint(run(plan)), Hears(killer)
    killer.start()
    try:
        found = run(plan, processes=processes, observers=[recorder])
    finally:
        killer.heard.set()
        killer.over.set()
        killer.join()
    assert fingerprint(found) == expected
    replaced = recorder.of(WorkerReplaced)
    assert replaced
    assert all(event.worker is None and "SIGKILL" in event.cause for event in replaced)
    # Every round was heard of once, in order.
    assert [event.round for event in recorder.of(RoundFinished)] == list(
        range(recorder.of(RoundFinished)[0].n_rounds)
    )


def test_a_block_that_kills_every_process_is_given_up(monkeypatch):
    hand = SupervisedTeam._hand

    def strike(team, member, order):
        hand(team, member, order)
        if order.members and order.worker == 0:
            member.child.kill()

    monkeypatch.setattr(SupervisedTeam, "_hand", strike)
    plan = small_plan(epochs=100, average_every="1 step")
    with pytest.raises(
        WorkerLost, match=r"process 0 of a block lost 3 processes in rounds \d+ to \d+.*SIGKILL"
    ):
        run(plan, processes=2)
