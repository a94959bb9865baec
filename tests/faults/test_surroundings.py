"""Small /dev/shm, few descriptors, odd parents: training works, or one sentence says why not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import subject
from tests.faults.harness import HERE, SUBJECT

ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def undisturbed():
    return subject.train(subject.digits())["sha256"]


def shell(script, **environment):
    return subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, timeout=100,
        env={**os.environ, "PYTHON": sys.executable, "SUBJECT": SUBJECT[1], **environment},
    )


def private(script, **environment):
    """In a mount namespace of its own."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("mount namespaces are not allowed here")
    return shell(f"unshare -m sh -c '{script}'", **environment)


def test_shared_memory_of_one_megabyte(undisturbed):
    ended = private("mount -t tmpfs -o size=1M tmpfs /dev/shm && $PYTHON $SUBJECT 2")
    assert undisturbed in ended.stdout, ended.stderr


def test_no_shared_memory_file_system(undisturbed):
    ended = private("mount -t tmpfs -o mode=000,size=4k tmpfs /dev/shm && $PYTHON $SUBJECT 2")
    assert undisturbed in ended.stdout, ended.stderr


def test_named_segments_say_what_is_missing():
    # Room for the center, not for the rows.
    ended = private("mount -t tmpfs -o size=2M tmpfs /dev/shm && $PYTHON $SUBJECT 2",
                    FASTAVG_SHARED_MEMORY="named")
    assert ended.returncode == 1
    assert "/dev/shm has no room for 4 MB" in ended.stderr


def test_few_descriptors():
    ended = shell("ulimit -n 16; exec $PYTHON $SUBJECT 4")
    assert ended.returncode == 1
    assert "4 processes need more open files than this one may have" in ended.stderr


def test_no_cache_folder(undisturbed, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    ended = shell("exec $PYTHON $SUBJECT 2", FASTAVG_CACHE_DIR=str(blocked))
    assert undisturbed in ended.stdout, ended.stderr


def test_a_daemonic_parent(undisturbed):
    code = (
        "import multiprocessing, tests.faults.subject as s\n"
        "def work(): print(s.train(s.digits(), 2)['sha256'], flush=True)\n"
        "p = multiprocessing.get_context('fork').Process(target=work, daemon=True)\n"
        "p.start(); p.join()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert undisturbed in ended.stdout, ended.stderr


def test_after_a_fork_of_a_program_that_trained(undisturbed):
    code = (
        "import os, tests.faults.subject as s\n"
        "d = s.digits(); s.train(d, 2)\n"
        "pid = os.fork()\n"
        "print(s.train(d, 2)['sha256'], flush=True)\n"
        "if pid: os.waitpid(pid, 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True,
        timeout=100,
    )
    assert ended.stdout.split() == [undisturbed] * 2, ended.stderr


def test_a_full_disk_costs_a_warning_and_not_the_run(tmp_path):
    # Room for one checkpoint, but not for the next one beside it.
    ended = private(
        f"mount -t tmpfs -o size=200k tmpfs {tmp_path} && "
        f"$PYTHON -m fastavg_cli train --workers 2 --epochs 4 --hidden 25 --quiet "
        f"--checkpoint {tmp_path}/run --checkpoint-every 1 && "
        f"$PYTHON -c \"from fastavg.training.checkpoints.file import load_checkpoint as load; "
        f"print(load(\\\"{tmp_path}/run\\\").state.rounds)\""
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "0"
    assert ended.stderr == (
        f"fastavg: checkpoint {tmp_path}/run was not written: No space left on device; "
        "training goes on\n"
    )


def test_a_limit_of_the_address_space(undisturbed):
    ended = shell("ulimit -v 4000000; exec $PYTHON $SUBJECT 2")
    assert undisturbed in ended.stdout, ended.stderr


def test_old_litter_in_the_kernel_cache_is_swept(tmp_path):
    ask = "from fastavg.kernels.jit.cache_folder import cache_folder; print(cache_folder())"
    folder = Path(shell(f"$PYTHON -c '{ask}'", FASTAVG_CACHE_DIR=str(tmp_path)).stdout.strip())
    old, fresh = folder / ".new-old", folder / ".new-fresh"
    for path in (old, fresh):
        path.write_bytes(b"half a kernel")
    os.utime(old, (0, 0))
    shell(f"$PYTHON -c '{ask}'", FASTAVG_CACHE_DIR=str(tmp_path))
    assert (old.exists(), fresh.exists()) == (False, True)
