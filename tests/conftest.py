"""What every test may rely on."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from multiprocessing import resource_tracker
from pathlib import Path

import psutil
import pytest


def open_files() -> set[str]:
    """Open descriptors and where they lead, numbers left out."""
    found: list[str] = []
    for handle in Path("/proc/self/fd").iterdir():
        try:
            found.append(os.readlink(handle))
        except OSError:
            continue
    return {f"{name} x{found.count(name)}" if name.startswith("/") else f"{name.split(':')[0]} "
            f"x{sum(other.split(':')[0] == name.split(':')[0] for other in found)}"
            for name in found}


def children() -> list[psutil.Process]:
    """All descendants but multiprocessing's resource tracker, which lives as long as we do."""
    alive = []
    for child in psutil.Process().children(recursive=True):
        try:
            if "resource_tracker" not in " ".join(child.cmdline()):
                alive.append(child)
        except psutil.NoSuchProcess:
            continue
    return alive


def segments() -> set[str]:
    """Named shared memory that this process has made; others' runs have theirs beside it."""
    if not os.path.isdir("/dev/shm"):
        return set()
    return {name for name in os.listdir("/dev/shm") if name.startswith(f"fastavg-{os.getpid()}-")}


@pytest.fixture(scope="session")
def quiet_session(tmp_path_factory):
    """A folder for temporary files that nobody else uses, and what runs as long as we do."""
    # Named shared memory and spawn start it once; its pipe stays open.
    resource_tracker.ensure_running()
    folder = tmp_path_factory.mktemp("temporary")
    before, os.environ["TMPDIR"] = os.environ.get("TMPDIR"), str(folder)
    tempfile.tempdir = None
    yield folder
    del os.environ["TMPDIR"]
    if before is not None:
        os.environ["TMPDIR"] = before
    tempfile.tempdir = None


@pytest.fixture
def nothing_left(quiet_session):
    """Fails a test that leaves a process, shared memory, a descriptor or a temporary file."""
    from fastavg.training.team.fork_server import close_fork_server

    close_fork_server()
    gc.collect()
    temporary, shared, files = set(os.listdir(quiet_session)), segments(), open_files()
    assert children() == []
    yield
    close_fork_server()
    gc.collect()
    deadline = time.monotonic() + 5
    while (children() or segments() - shared) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert children() == []
    assert segments() - shared == set()
    assert set(os.listdir(quiet_session)) - temporary == set()
    assert open_files() - files == set(), "descriptors left open"
