"""Segments: the same tests for every kind, with a real second process."""

import gc
import multiprocessing
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from fastavg.machine.shared_memory import OutOfMemory, Segment, shared_kind

SHARED = [kind for kind in ("memfd", "named") if kind != "memfd" or hasattr(os, "memfd_create")]
CHILD = """
import sys
from multiprocessing.connection import Connection
from fastavg.machine.shared_memory import Segment
connection = Connection(int(sys.argv[1]))
segment = Segment.receive(connection)
view = segment.array(64, (2, 3), "float64")
connection.send(view.tolist())
view[1, 2] = -5
connection.send("written")
connection.recv()
segment.close()
print(view[0, 0])
"""


@pytest.mark.parametrize("kind", ["private", *SHARED])
def test_a_new_segment_is_zero_and_holds_what_is_written(kind, nothing_left):
    segment = Segment.create(1000, kind)
    assert not segment.array(0, (1000,), np.uint8).any()
    view, other = (segment.array(40, (3, 2), "float32") for _ in range(2))
    view[:] = np.arange(6).reshape(3, 2)
    assert (other == view).all()
    assert segment.array(0, (10,), "float32").tolist() == [0] * 10
    segment.close()
    segment.close()
    del segment, other
    gc.collect()
    # What was handed out stays until it is let go.
    assert view.sum() == 15


@pytest.mark.parametrize("kind", ["private", *SHARED])
@pytest.mark.parametrize("given", [
    np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2).T, np.arange(24, dtype="i8")[::4],
    np.zeros((0, 3)), np.float32(3) + np.zeros((), "f4"),
])
def test_an_array_is_written_into_a_part_of_it(kind, given, monkeypatch, nothing_left):
    # In several pieces, the last one a short one.
    monkeypatch.setattr("fastavg.machine.shared_memory.PIECE", 20)
    segment = Segment.create(256, kind)
    given.setflags(write=False)
    segment.write(64, given)
    assert np.array_equal(segment.array(64, given.shape, given.dtype), given)
    around = segment.array(0, (256,), np.uint8).copy()
    around[64 : 64 + given.nbytes] = 0
    assert not around.any()
    segment.close()


@pytest.mark.skipif("memfd" not in SHARED, reason="needs anonymous files")
def test_memory_that_runs_out_while_it_is_filled_is_told(monkeypatch, nothing_left):
    def refuse(*given):
        raise OSError(28, "No space left on device")

    segment = Segment.create(1_000_000, "memfd")
    monkeypatch.setattr("os.pwrite", refuse)
    with pytest.raises(OutOfMemory, match="of 1 MB is needed and the system has given 0 MB"):
        segment.write(0, np.ones(1000))
    segment.close()


@pytest.mark.parametrize("kind", ["private", *SHARED])
def test_an_empty_segment(kind, nothing_left):
    segment = Segment.create(0, kind)
    assert segment.array(0, (0, 5), "float64").shape == (0, 5)
    segment.close()


@pytest.mark.parametrize("kind", SHARED)
def test_another_process_sees_and_writes_the_same_bytes(kind, nothing_left):
    segment = Segment.create(64 + 48, kind)
    view = segment.array(64, (2, 3), "float64")
    view[:] = np.arange(6).reshape(2, 3)
    ours, theirs = multiprocessing.Pipe()
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(theirs.fileno())], pass_fds=[theirs.fileno()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as child:
        theirs.close()
        segment.send(ours, child.pid)
        assert ours.recv() == [[0, 1, 2], [3, 4, 5]]
        assert ours.recv() == "written"
        assert view[1, 2] == -5
        view[0, 0] = 42
        # The other process still reads after the creator has let go.
        segment.close()
        ours.send("go on")
        out, errors = child.communicate(timeout=60)
    ours.close()
    assert (out.strip(), errors) == ("42.0", "")


@pytest.mark.parametrize("kind", ["private", *SHARED])
def test_too_much_memory_is_refused(kind, nothing_left):
    with pytest.raises(OutOfMemory, match=r"shared memory of \d+ MB is needed and \d+ MB are free"):
        Segment.create(1 << 50, kind)


FULL = """
from fastavg.machine.shared_memory import OutOfMemory, Segment
import os
try:
    Segment.create(2 << 20, "named")
except OutOfMemory as error:
    print(error)
print(os.listdir("/dev/shm"))
"""


def test_a_full_shared_memory_file_system_is_refused():
    # A mount of our own, a megabyte large, that nobody else can see.
    unshare = shutil.which("unshare")
    alone = [unshare, "--map-root-user", "--mount"]
    if not unshare or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system grants no mount namespace")
    script = 'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$0" -c "$1"'
    done = subprocess.run(
        [*alone, "sh", "-c", script, sys.executable, FULL], capture_output=True, text=True,
        timeout=60, check=False,
    )
    message, left = done.stdout.splitlines()
    assert message.startswith("/dev/shm has no room for 2 MB")
    assert left == "[]"


def test_the_kind_can_be_asked_for(monkeypatch):
    for kind in ("memfd", "named"):
        monkeypatch.setenv("FASTAVG_SHARED_MEMORY", kind)
        assert shared_kind() == kind
    monkeypatch.delenv("FASTAVG_SHARED_MEMORY")
    assert shared_kind() == ("memfd" if hasattr(os, "memfd_create") else "named")
