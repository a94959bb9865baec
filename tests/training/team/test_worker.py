"""The loop of a process of the team: attach, receive, carry out, report."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest

from fastavg.training.programs import Order, Report
from fastavg.training.team.fork_server import ForkServerLauncher
from tests.training.faulty import Raises
from tests.training.team.serving import PLAN, make_run, sent, started, trained

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]
ORDER = Order("train", 0, 1, *PLAN.span(PLAN.sampler(40), 0))


def forked():
    return started(ForkServerLauncher("float32"))


def test_it_is_ready_once_and_reports_every_order():
    with forked() as child, sent(child) as buffers:
        assert child.connection.recv() == ("ready",)
        for worker in (1, 0):
            child.connection.send(tuple(ORDER._replace(worker=worker)))
            word, *figures = child.connection.recv()
            report = Report(*figures)
            assert (word, report.worker, report.finite) == ("report", worker, True)
        slots = [buffers.slot(0, worker).tobytes() for worker in (0, 1)]
        child.connection.send(None)
        assert child.wait(20)
        assert child.exit_code() == 0
        assert slots == trained(make_run())


def test_it_ends_when_its_pipe_is_closed():
    with forked() as child, sent(child):
        assert child.connection.recv() == ("ready",)
        child.connection.close()
        assert child.wait(20)
        assert child.exit_code() == 0


def test_an_order_that_fails_is_told_with_its_traceback():
    with forked() as child, sent(child, make_run(replace(PLAN, solver=Raises()))):
        assert child.connection.recv() == ("ready",)
        child.connection.send(tuple(ORDER))
        word, message, trace = child.connection.recv()
        assert (word, message) == ("failed", "ZeroDivisionError: the answer is not a number")
        assert "raise ZeroDivisionError" in trace
        assert child.wait(20)
        assert child.exit_code() == 1


def test_a_start_that_fails_is_told():
    with forked() as child, sent(child, message=b"no pickle"):
        word, message, _ = child.connection.recv()
        assert word == "failed"
        assert "Unpickling" in message or "pickle" in message
        assert child.wait(20)


def test_ctrl_c_is_the_parents_business():
    with forked() as child, sent(child):
        assert child.connection.recv() == ("ready",)
        os.kill(child.pid, signal.SIGINT)
        child.connection.send(tuple(ORDER))
        assert child.connection.recv()[0] == "report"
