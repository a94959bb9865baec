"""A supervised team: processes that die or raise, and orders that are carried out again."""

import contextlib
import errno
import os
import signal
import threading
import time
from dataclasses import replace

import psutil
import pytest

from fastavg.errors import WorkerLost
from fastavg.solvers import SGD
from fastavg.training.observers.events import RoundFinished, WorkerReplaced
from fastavg.training.programs import Programs
from fastavg.training.team import fork_server, supervised
from fastavg.training.team.supervised import SupervisedTeam
from tests.training.faulty import KillsItself, Raises
from tests.training.runs import Recorder, fingerprint, run, small_plan

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]


def workers_of_this_process():
    """The processes of its team: children of the fork server."""
    servers = {child.pid for child in psutil.Process().children()}
    found = {child.pid for child in psutil.Process().children(recursive=True)}
    return sorted(found - servers)


class KillsAProcess:
    """After some rounds, kills one of the processes that run workers."""

    def __init__(self, rounds):
        self.rounds, self.killed = rounds, []

    def on_event(self, event):
        if isinstance(event, RoundFinished) and event.round in self.rounds:
            victim = max(workers_of_this_process())
            os.kill(victim, signal.SIGKILL)
            self.killed.append(victim)


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
    # The products of this solver, which is none of fastavg's own.
    plan = small_plan(solver_state=state, solver=solver, products="blas")
    weights = run(plan, processes=2, observers=[recorder])
    assert fingerprint(weights) == fingerprint(run(replace(plan, solver=SGD())))
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
            workers = workers_of_this_process()
            if workers:
                self._kills -= 1
                with contextlib.suppress(ProcessLookupError):
                    # Three deaths of one member within a block would end the run.
                    os.kill(workers[self._kills % len(workers)], signal.SIGKILL)


class BlockRecorder(Recorder):
    weights_at = "block"


class Hears(BlockRecorder):
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


class LateTeam:
    """Who carries out which blocks of a team whose processes start once a round is heard of."""

    weights_at = "block"

    def __init__(self, monkeypatch, round, waits=False):
        self._round, self._waits, self.time_to_start = round, waits, threading.Event()
        self.here, self.there = here, there = [], []
        start, hand = SupervisedTeam._start, SupervisedTeam._hand

        class Here(Programs):
            def __call__(self, order):
                here.append(order.round)
                return super().__call__(order)

        def start_late(team, unwanted=None):
            assert self.time_to_start.wait(20)
            return start(team, unwanted)

        def hand_over(team, member, order):
            there.append(order.round)
            hand(team, member, order)

        monkeypatch.setattr(supervised, "PATIENCE", 0.05)
        monkeypatch.setattr(supervised, "Programs", Here)
        monkeypatch.setattr(SupervisedTeam, "_start", start_late)
        monkeypatch.setattr(SupervisedTeam, "_hand", hand_over)

    def on_event(self, event):
        if isinstance(event, RoundFinished) and event.round == self._round:
            self.time_to_start.set()
            while self._waits and len(workers_of_this_process()) < 2:
                time.sleep(0.01)
            # They say that they are ready a little later.
            time.sleep(0.3 * self._waits)


@pytest.mark.parametrize("change", [
    {"solver_state": "keep", "averaging": "slowmo"},
    {"solver": "adam"},
    {"algorithm": "gradient-averaging", "workers": 3, "solver": "sgd"},
], ids=["keep", "average", "gradients"])
def test_blocks_are_carried_out_here_until_all_processes_are_ready(change, monkeypatch):
    plan = small_plan(epochs=1200, average_every="1 step", **change)
    late, recorder = LateTeam(monkeypatch, 200, waits=True), BlockRecorder()
    expected = fingerprint(run(plan))
    assert fingerprint(run(plan, processes=2, observers=[late, recorder])) == expected
    assert max(late.here) < min(late.there)
    assert sorted(late.there) == sorted([*set(late.there)] * 2)
    rounds = [event.round for event in recorder.of(RoundFinished)]
    assert rounds == list(range(rounds[-1] + 1))


@pytest.mark.parametrize(("flops", "here"), [(0, False), (2e9, True)])
def test_a_long_round_by_itself_waits_for_all_processes(flops, here, monkeypatch):
    monkeypatch.setattr(supervised, "FLOPS_PER_CALL", flops)
    late = LateTeam(monkeypatch, 3)
    if not here:
        threading.Timer(0.3, late.time_to_start.set).start()
    plan = small_plan(epochs=100, average_every="1 step")
    # Blocks of one round each.
    assert fingerprint(run(plan, processes=2, observers=[late], block_seconds=1e-12)) == (
        fingerprint(run(plan))
    )
    assert bool(late.here) == here
    assert here or late.there


def test_many_rows_are_copied_while_rounds_go_on_at_once(monkeypatch):
    late = LateTeam(monkeypatch, 0)
    monkeypatch.setattr(supervised, "PATIENCE", 60.0)
    monkeypatch.setattr(supervised, "MANY_ROWS", 0)
    plan = small_plan(epochs=20, average_every="1 step")
    assert fingerprint(run(plan, processes=2, observers=[late])) == fingerprint(run(plan))
    assert late.here


def test_a_run_that_is_over_before_its_processes_have_started_leaves_none(monkeypatch):
    start, late = SupervisedTeam._start, LateTeam(monkeypatch, 0)

    def start_slowly(team, unwanted):
        assert late.time_to_start.wait(30)
        time.sleep(0.3)
        return start(team, unwanted)

    monkeypatch.setattr(SupervisedTeam, "_start", start_slowly)
    plan = small_plan(epochs=2, average_every="1 step")
    assert fingerprint(run(plan, processes=2, observers=[late])) == fingerprint(run(plan))
    assert late.here
    assert not late.there


@pytest.mark.timeout(20)
@pytest.mark.parametrize("ends", ["its end", "Ctrl-C"])
def test_a_run_ends_while_nothing_starts_its_processes(ends, monkeypatch):
    running_server = fork_server._running_server

    def stopped_server(dtype):
        server = running_server(dtype)
        os.kill(server._process.pid, signal.SIGSTOP)
        return server

    class Interrupts:
        weights_at = "block"

        def on_event(self, event):
            if isinstance(event, RoundFinished) and ends == "Ctrl-C":
                raise KeyboardInterrupt

    monkeypatch.setattr(fork_server, "_running_server", stopped_server)
    monkeypatch.setattr(supervised, "PATIENCE", 0.05)
    plan = small_plan(epochs=2, average_every="1 step")
    expected = fingerprint(run(plan))
    with pytest.raises(KeyboardInterrupt) if ends == "Ctrl-C" else contextlib.nullcontext():
        assert fingerprint(run(plan, processes=2, observers=[Interrupts()])) == expected


@pytest.mark.parametrize(("number", "raised", "words"), [
    (errno.EMFILE, WorkerLost, "2 processes need more open files"), (errno.EIO, OSError, "broken"),
])
def test_processes_that_cannot_start_end_a_run_that_has_begun_here(
    number, raised, words, monkeypatch
):
    late = LateTeam(monkeypatch, 200)

    def fail(team, unwanted):
        assert late.time_to_start.wait(30)
        raise OSError(number, "broken")

    monkeypatch.setattr(SupervisedTeam, "_start", fail)
    with pytest.raises(raised, match=words):
        run(small_plan(epochs=1200, average_every="1 step"), processes=2, observers=[late])
    assert late.here


def test_rows_that_cannot_be_copied_end_the_run(monkeypatch):
    def fail(*given):
        raise MemoryError("no room for rows")

    monkeypatch.setattr("fastavg.machine.shared_memory.Segment.write", fail)
    with pytest.raises(MemoryError, match="no room for rows"):
        run(small_plan(), processes=2)


def test_a_process_that_has_answered_does_not_hang(monkeypatch):
    # Nobody has listened for so long, as while many rows are copied.
    class Hung(supervised.Stall):
        def hung(self):
            return True

    monkeypatch.setattr(supervised, "Stall", Hung)
    recorder, wait = BlockRecorder(), supervised.wait
    monkeypatch.setattr(supervised, "wait", lambda ends, seconds: _all_of(wait, ends))
    plan = small_plan(epochs=20, average_every="1 step")
    assert fingerprint(run(plan, processes=2, observers=[recorder])) == fingerprint(run(plan))
    assert not recorder.of(WorkerReplaced)


def _all_of(wait, ends):
    ready = []
    while len(ready) < len(ends):
        ready = wait(ends)
    return ready
