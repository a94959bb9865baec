"""The fork server from its parent's side: children, their ends, and a server that dies."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import CancelledError

import psutil
import pytest

from fastavg.errors import WorkerLost
from fastavg.training.team import fork_server
from fastavg.training.team.fork_server import ForkServer, ForkServerLauncher, close_fork_server
from tests.conftest import children
from tests.training.team.serving import sent, started

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]


@contextlib.contextmanager
def serving():
    server = ForkServer("float32")
    try:
        yield server
    finally:
        server.close()


def test_a_child_is_the_s_and_its_end_is_known():
    with serving() as server:
        child = server.start("float32")
        assert psutil.Process(child.pid).ppid() == server._process.pid
        assert not child.wait(0)
        child.kill()
        assert child.wait(20)
        assert child.exit_code() == -signal.SIGKILL
        child.close()
        assert server.alive


def test_ends_of_several_children_are_told_apart():
    with serving() as server:
        first, second = server.start("float32"), server.start("float32")
        os.kill(second.pid, signal.SIGTERM)
        assert second.wait(20)
        first.kill()
        assert first.wait(20)
        assert (second.exit_code(), first.exit_code()) == (-signal.SIGTERM, -signal.SIGKILL)
        first.close()
        second.close()


def test_a_child_that_is_called_off_ends_and_is_not_taken_for_the_next_one():
    unwanted = threading.Event()
    with serving() as server:
        # Its kernels are still being loaded.
        unwanted.set()
        with pytest.raises(CancelledError):
            server.start("float32", unwanted=unwanted)
        child = server.start("float32")
        with sent(child):
            assert child.connection.recv() == ("ready",)
        of_server, deadline = psutil.Process(server._process.pid), time.monotonic() + 20
        while len(of_server.children()) > 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert [each.pid for each in of_server.children()] == [child.pid]
        child.kill()
        assert child.wait(20)
        assert child.exit_code() == -signal.SIGKILL
        child.close()


def test_ends_are_heard_while_a_child_is_called_off():
    unwanted = threading.Event()
    unwanted.set()
    with serving() as server:
        first = server.start("float32")
        os.kill(server._process.pid, signal.SIGSTOP)
        with pytest.raises(CancelledError):
            server.start("float32", unwanted=unwanted)
        os.kill(server._process.pid, signal.SIGCONT)
        first.kill()
        assert first.wait(20)
        assert first.exit_code() == -signal.SIGKILL
        first.close()


def test_a__that_was_killed_starts_nothing_and_says_how_it_ended():
    with serving() as server:
        assert server.ended == "no answer"
        os.kill(server._process.pid, signal.SIGKILL)
        server._process.wait(20)
        assert server.start("float32") is None
        assert not server.alive
        assert server.ended == "SIGKILL"


def test_children_outlive_their_server_and_the_next_comes_from_a_new_one():
    launcher = ForkServerLauncher("float32")
    with started(launcher) as first, sent(first):
        assert first.connection.recv() == ("ready",)
        old = psutil.Process(first.pid).ppid()
        os.kill(old, signal.SIGKILL)
        with started(launcher) as second:
            assert psutil.Process(second.pid).ppid() != old
            assert not first.wait(0)
        first.connection.send(None)
        assert first.wait(20)


def test_the_server_is_kept_for_the_next_run():
    ForkServerLauncher("float32")
    (one,) = children()
    ForkServerLauncher("float64")
    assert [child.pid for child in children()] == [one.pid]
    close_fork_server()
    assert children() == []


def test_closing_twice_is_closing_once():
    with serving() as server:
        server.close()
        server.close()
        assert children() == []


def test_a_frozen_program_cannot_start_one(monkeypatch):
    monkeypatch.setattr("sys.frozen", True, raising=False)
    with pytest.raises(WorkerLost, match="no plain Python interpreter; processes=1 runs without"):
        ForkServer("float32")


def test_a_server_that_cannot_start_is_given_up_after_three(monkeypatch):
    monkeypatch.setattr(fork_server, "BOOT", "raise SystemExit(7)")
    launcher = ForkServerLauncher("float32")
    with pytest.raises(WorkerLost, match="ended 3 times, at last with exit code 7; --processes 1"):
        launcher.start()


def test_a_forked_copy_of_this_process_does_not_keep_the_server_alive():
    ForkServerLauncher("float32")
    (server,) = children()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    os.close(read)
    close_fork_server()
    deadline = time.monotonic() + 20
    while server.is_running() and server.status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.is_running() or server.status() == "zombie"
    os.close(write)
    assert os.waitpid(pid, 0) == (pid, 0)
