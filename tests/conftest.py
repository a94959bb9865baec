"""What every test may rely on."""

from __future__ import annotations

import gc
import os
import tempfile
import time
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


def files_in(folder: str) -> set[str]:
    return set(os.listdir(folder)) if os.path.isdir(folder) else set()


@pytest.fixture
def nothing_left():
    """Fails a test that leaves a process, shared memory, a descriptor or a temporary file."""
    from fastavg.training.nursery import close_nursery

    close_nursery()
    gc.collect()
    folders = ("/dev/shm", tempfile.gettempdir())
    before, files = {folder: files_in(folder) for folder in folders}, open_files()
    assert children() == []
    yield
    close_nursery()
    gc.collect()
    deadline = time.monotonic() + 5
    while children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert children() == []
    for folder in folders:
        left = {
            name for name in files_in(folder) - before[folder]
            if name.startswith(("psm_", "fastavg", "pymp-", ".new-", "tmp"))
        }
        assert left == set(), f"left in {folder}"
    assert open_files() - files == set(), "descriptors left open"
