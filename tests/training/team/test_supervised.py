"""A supervised team: processes that die or raise, and orders that are carried out again."""

import os
import signal

import psutil
import pytest

from fastavg.errors import WorkerLost
from fastavg.solvers import SGD
from fastavg.training.observers.events import RoundFinished, WorkerReplaced
from tests.training.faulty import KillsItself, Raises
from tests.training.runs import Recorder, fingerprint, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


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
