"""Processes that die, hang or fail: the run goes on with the same bits, or ends with a cause."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import replace

import pytest

from fastavg.kernels.vectorized.target import multiplies_bfloat16
from fastavg.machine.failpoints import PROCESS_FAILPOINTS
from tests.faults import subject
from tests.faults.harness import SUBJECT, Program, whole


@pytest.fixture(scope="module")
def undisturbed():
    return subject.train(subject.digits())


@pytest.fixture
def disturbed(tmp_path):
    """Runs the subject with a fault; checks that nothing is left, however it ends."""

    def run(fault, processes=2, seconds=90.0, **environment):
        program = Program([*SUBJECT, str(processes)], fault, tmp_path, **environment)
        ended = program.end(seconds)
        assert program.leftovers() == []
        assert not fault or list(tmp_path.glob("struck-*")), "the fault did not happen"
        return ended

    return run


FAULTS = {
    "every failpoint": [
        "attached:kill9", "ready:kill9", "task@round=0:kill9", "trained@round=2:kill9",
        "stored-half@round=5:kill9", "stored@round=8:kill9", "reported@round=11:kill9",
    ],
    "every end": [
        "trained@round=1:segv", "task@round=3:abort", "stored@round=5:exit=0",
        "trained@round=7:exit=1", "task@round=9:leave",
    ],
    "all at once, and again": [
        "task@round=3,worker=0:kill9", "task@round=3,worker=1:kill9",
        "stored@round=3,worker=0:kill9", "task@round=3,worker=1:kill9",
    ],
}


def test_every_failpoint_of_a_process_is_struck():
    struck = {fault.partition("@")[0].partition(":")[0] for fault in FAULTS["every failpoint"]}
    assert struck == set(PROCESS_FAILPOINTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_lost_process_changes_nothing(name, disturbed, undisturbed, tmp_path):
    ended = disturbed(";".join(FAULTS[name]))
    assert len(list(tmp_path.glob("struck-*"))) == len(FAULTS[name])
    assert (ended.code, ended.err) == (0, "")
    assert ended.result == undisturbed
    assert whole(tmp_path, subject.PLAN.n_rounds, subject.PLAN.workers)


@pytest.mark.skipif(
    not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)
def test_a_lost_process_changes_nothing_with_bfloat16_products(disturbed, undisturbed, tmp_path):
    plan = replace(subject.PLAN, products="bfloat16")
    alone = subject.train(subject.digits(), plan=plan)
    faults = "trained@round=2,worker=1:kill9;stored-half@round=5:kill9;task@round=9:segv"
    ended = disturbed(faults, SUBJECT_PRODUCTS="bfloat16")
    assert len(list(tmp_path.glob("struck-*"))) == 3
    assert (ended.code, ended.err) == (0, "")
    assert ended.result == alone != undisturbed


def test_a_lost_process_changes_nothing_where_rows_are_deformed_and_averages_rounded(
    disturbed, undisturbed, tmp_path
):
    alone = subject.train(subject.digits(), plan=replace(
        subject.PLAN, augment="digits,noise,mixup", reduction="one-bit", solver_state="keep"
    ))
    faults = "trained@round=2,worker=1:kill9;stored-half@round=5:kill9;task@round=9:segv"
    ended = disturbed(
        faults, SUBJECT_AUGMENT="digits,noise,mixup", SUBJECT_REDUCTION="one-bit",
        SUBJECT_STATE="keep",
    )
    assert len(list(tmp_path.glob("struck-*"))) == 3
    assert (ended.code, ended.err) == (0, "")
    assert ended.result == alone != undisturbed


def test_a_task_that_kills_three_processes_stops_the_run(disturbed):
    ended = disturbed("trained@round=5,worker=2,times=3:kill9", processes=3)
    assert ended.code == 1
    assert re.search(
        r"WorkerLost: worker 2 lost 3 processes in round 5, the last \(pid \d+\) to SIGKILL; "
        r"the last complete round is 4", ended.err,
    )


def test_a_process_that_dies_at_every_start_stops_the_run(disturbed):
    ended = disturbed("attached@times=100:kill9")
    assert "ended before it was ready, with SIGKILL; no round is complete" in ended.err


def test_a_process_that_exits_at_its_start_is_not_started_again(disturbed, tmp_path):
    ended = disturbed("attached@times=100:exit=1")
    assert "ended before it was ready, with exit code 1" in ended.err
    assert len(list(tmp_path.glob("struck-*"))) <= 2


@pytest.mark.parametrize("action", ["raise", "unpicklable"])
def test_an_error_in_a_process_is_shown_once(action, disturbed):
    ended = disturbed(f"trained@round=2,worker=1:{action}")
    assert ended.code == 1
    assert re.search("WorkerLost: worker 1 failed in round 2: .*injected", ended.err)
    assert ended.err.count("in strike") == 1


def test_a_hanging_process_is_replaced(disturbed, undisturbed):
    ended = disturbed("trained@round=4,worker=3:stop", FASTAVG_DEADLINE="1")
    assert ended.code == 0
    assert ended.result == undisturbed


def test_a_process_that_stops_for_a_moment_is_left_alone(tmp_path, undisturbed):
    program = Program(
        [*SUBJECT, "2"], "trained@round=4,worker=3:stop", tmp_path, FASTAVG_DEADLINE="20"
    )
    while not (tmp_path / "struck-0-0").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    stopped = [p for p in program.descendants() if p.status() == "stopped"]
    assert len(stopped) == 1
    stopped[0].send_signal(signal.SIGCONT)
    assert program.end().result == undisturbed
    assert program.leftovers() == []


def test_with_spawned_processes_too(disturbed, undisturbed):
    ended = disturbed("trained@round=5,worker=1:kill9", FASTAVG_START="spawn")
    assert (ended.code, ended.err) == (0, "")
    assert ended.result == undisturbed


def test_the_fork_server_may_die_and_then_a_process(tmp_path, undisturbed):
    program = Program(
        [*SUBJECT, "2"], "committed@round=2:sleep=1;trained@round=6,worker=1:kill9", tmp_path
    )
    while not (tmp_path / "struck-0-0").exists():
        time.sleep(0.01)
    parent = program.process.pid
    server = [p for p in program.descendants() if p.ppid() == parent]
    assert len(server) == 1
    server[0].kill()
    assert program.end().result == undisturbed
    assert program.leftovers() == []


@pytest.mark.parametrize(
    ("failpoint", "group"),
    [("handed-out@round=3", False), ("averaged@round=5", True), ("trained@round=4", False),
     ("attached", True)],
)
def test_nothing_outlives_the_parent(failpoint, group, tmp_path):
    program = Program([*SUBJECT, "2"], f"{failpoint}:sleep=30", tmp_path)
    while not (tmp_path / "struck-0-0").exists():
        time.sleep(0.01)
    program.signal(signal.SIGKILL, group)
    assert program.end().code == -signal.SIGKILL
    assert program.leftovers(1.0) == []
