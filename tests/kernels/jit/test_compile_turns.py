"""A process waits for the one that is at work on a cache file, and for no longer."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from fastavg.kernels.jit.compile_turns import turn_of

# Takes the turn, and leaves the file when it is told to.
HOLDER = """
import sys
from pathlib import Path
from fastavg.kernels.jit.compile_turns import turn_of
path = Path(sys.argv[1])
with turn_of(path):
    print("mine", flush=True)
    sys.stdin.readline()
    # Whole at once, as kernels are left.
    path.with_name("new").write_text("made")
    path.with_name("new").replace(path)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "file")], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.communicate(timeout=30)


def test_who_comes_second_finds_what_the_first_has_made(holder, tmp_path):
    path = tmp_path / "file"
    # Read only after the holder's lock has been seen by whoever comes second.
    holder.stdin.write("go on\n")
    holder.stdin.flush()
    with turn_of(path):
        assert path.read_text() == "made"
    # The file is there a moment before its lock is gone.
    holder.wait(30)
    assert sorted(tmp_path.iterdir()) == [path]


def test_nobody_waits_for_a_process_that_was_killed(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait(30)
    with turn_of(tmp_path / "file"):
        assert not (tmp_path / "file").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_turn_inside_another_and_a_file_that_is_there(tmp_path):
    (tmp_path / "there").touch()
    with turn_of(tmp_path / "outer"), turn_of(tmp_path / "inner"), turn_of(tmp_path / "there"):
        held = sorted(path.name for path in tmp_path.iterdir())
    assert held == [".new-inner.lock", ".new-outer.lock", "there"]
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_without_a_folder_nobody_waits(tmp_path):
    with turn_of(tmp_path / "missing" / "file"):
        assert not (tmp_path / "missing").exists()
