"""Two runs of the tests, and training beside them, change nothing for each other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.promises.programs import COMMAND, FAST

ROOT = Path(__file__).parents[2]
# They start processes, make named shared memory, and look at what is left of both.
FILES = ("tests/machine/test_shared_memory.py", "tests/training/team/test_spawned.py")


@pytest.fixture
def start():
    """Start programs; none of them outlives the test."""
    running = []

    def begin(*command, **environment):
        running.append(subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment},
        ))
        return running[-1]

    yield begin
    for process in running:
        with process:
            process.kill()


@pytest.mark.timeout(400)
def test_two_runs_and_training_beside_them(start):
    tests = [
        start(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *FILES)
        for _ in range(2)
    ]
    trained = []
    while any(process.poll() is None for process in tests) and len(trained) < 3:
        beside = start(COMMAND, "train", *FAST, FASTAVG_SHARED_MEMORY="named")
        out, _ = beside.communicate(timeout=250)
        trained.append((beside.returncode, out.splitlines()[0]))
    for process in tests:
        out, _ = process.communicate(timeout=250)
        assert process.returncode == 0, out
    assert {code for code, _ in trained} == {0}
    # The time differs; what was learnt does not.
    assert len({line for _, line in trained}) == 1
