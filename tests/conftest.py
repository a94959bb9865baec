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

from fastavg.training.team import fork_server, supervised

# Whichever test compiles first: what it reads on standard error has no line about it.
os.environ["FASTAVG_QUIET"] = "1"
# The short runs of tests would be over before their processes have started.
supervised.PATIENCE = 60.0


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


def others(known: set[int]) -> list[psutil.Process]:
    """Descendants but these."""
    return [child for child in children() if child.pid not in known]


def segments() -> set[str]:
    """Named shared memory that this process has made; others' runs have theirs beside it."""
    if not os.path.isdir("/dev/shm"):
        return set()
    return {name for name in os.listdir("/dev/shm") if name.startswith(f"fastavg-{os.getpid()}-")}


def pytest_configure():
    """Options of the environment are meant for this run, not for those that its tests start."""
    os.environ.pop("PYTEST_ADDOPTS", None)


def pytest_collection_finish():
    """Set aside what imports and collection have made.

    It stays as long as the tests run, and a million objects take the garbage collector most of
    a second each time it looks at them all.
    """
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="module")
def no_earlier_garbage():
    """Cycles that earlier files have left are collected; what lives is set aside."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def kept_server() -> int:
    """The fork server's process, started if there is none: it serves test after test, as runs."""
    return fork_server._running_server("float32")._process.pid


@pytest.fixture
def nothing_left(request, quiet_session, no_earlier_garbage):
    """Fails a test that leaves a process, shared memory, a descriptor or a temporary file.

    The fork server stays for the next test, as it does for the next run.  A test that is marked
    ``own_fork_server``, since it looks at the server or changes what one begins with, finds none
    and leaves none.
    """
    own = request.node.get_closest_marker("own_fork_server") is not None
    if own:
        fork_server.close_fork_server()
    stays = set() if own else {kept_server()}
    gc.collect()
    # The last look has to find what this test leaves, and no more.
    gc.freeze()
    temporary, shared, files = set(os.listdir(quiet_session)), segments(), open_files()
    assert others(stays) == []
    yield
    if own:
        fork_server.close_fork_server()
    else:
        # Another one, if the test has ended the first.
        stays = {kept_server()}
    gc.collect()
    deadline = time.monotonic() + 5
    while (others(stays) or segments() - shared) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert others(stays) == []
    assert segments() - shared == set()
    assert set(os.listdir(quiet_session)) - temporary == set()
    assert open_files() - files == set(), "descriptors left open"
