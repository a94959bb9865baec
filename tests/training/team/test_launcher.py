"""Which launcher suits this system."""

from __future__ import annotations

import pytest

from fastavg.training.team.fork_server import ForkServerLauncher
from fastavg.training.team.launcher import launcher, prepare_launcher
from fastavg.training.team.spawned import SpawnLauncher
from tests.conftest import children

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]


@pytest.mark.parametrize("asked", [None, "fork-server"])
def test_the_fork_server_is_used_where_processes_have_handles(asked, monkeypatch):
    monkeypatch.delenv("FASTAVG_START", raising=False)
    if asked:
        monkeypatch.setenv("FASTAVG_START", asked)
    assert isinstance(launcher("float32"), ForkServerLauncher)
    assert len(children()) == 1


def test_spawn_is_used_if_asked_for(monkeypatch):
    monkeypatch.setenv("FASTAVG_START", "spawn")
    assert isinstance(launcher("float32"), SpawnLauncher)
    assert children() == []


def refuse(pid):
    raise OSError("Function not implemented")


def test_spawn_is_used_where_processes_have_no_handles(monkeypatch):
    monkeypatch.delenv("FASTAVG_START", raising=False)
    monkeypatch.setattr("os.pidfd_open", refuse)
    assert isinstance(launcher("float32"), SpawnLauncher)
    monkeypatch.delattr("os.pidfd_open")
    assert isinstance(launcher("float32"), SpawnLauncher)


def test_the_fork_server_is_started_early_only_by_a_python_interpreter(monkeypatch):
    monkeypatch.setattr("sys.frozen", True, raising=False)
    prepare_launcher("float32")
    assert children() == []
    monkeypatch.delattr("sys.frozen")
    prepare_launcher("float32")
    assert len(children()) == 1
