"""Children that multiprocessing spawns do what forked ones do, and leave no trace here."""

from __future__ import annotations

import os
import signal
import sys

import psutil
import pytest

from fastavg.errors import WorkerLost
from fastavg.training.team.spawned import SpawnLauncher
from tests.training.team.serving import sent, started

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]


def test_a_child_attaches_works_and_ends():
    before = dict(os.environ), list(sys.path), sys.modules["__main__"]
    with started(SpawnLauncher()) as child:
        assert (dict(os.environ), list(sys.path), sys.modules["__main__"]) == before
        assert psutil.Process(child.pid).ppid() == os.getpid()
        with sent(child):
            assert child.connection.recv() == ("ready",)
            environment = psutil.Process(child.pid).environ()
            assert environment["OPENBLAS_NUM_THREADS"] == environment["OMP_NUM_THREADS"] == "1"
            assert environment["PYTHONSAFEPATH"] == "1"
            child.connection.send(None)
            assert child.wait(20)
        assert child.exit_code() == 0


def test_a_child_that_is_killed_has_its_signal_as_exit_code():
    with started(SpawnLauncher()) as child:
        child.kill()
        assert child.wait(20)
        assert child.exit_code() == -signal.SIGKILL


def test_a_frozen_program_cannot_start_one(monkeypatch):
    monkeypatch.setattr("sys.frozen", True, raising=False)
    with pytest.raises(WorkerLost, match="no plain Python interpreter; processes=1 runs without"):
        SpawnLauncher().start()
