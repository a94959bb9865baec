"""Control groups: real ones where they may be made, and files that look like both versions."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from fastavg.machine import cgroups

LIMIT = 2**30


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A tree of groups in which this process is in a/b; returns where to put files."""
    groups = tmp_path / "groups"
    own = tmp_path / "own"
    real = Path.read_text

    def read_text(path, *rest, **more):
        return real(own if str(path) == "/proc/self/cgroup" else path, *rest, **more)

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(cgroups.folders, "__defaults__", (groups,))

    def put(line, files):
        own.write_text(line)
        for name, text in files.items():
            (groups / name).parent.mkdir(parents=True, exist_ok=True)
            (groups / name).write_text(text)

    return put


def test_version_2_takes_the_tightest_limit_up_to_the_root(tree):
    tree("0::/a/b\n", {
        "a/b/memory.max": "max\n", "a/b/memory.current": "7\n",
        "a/memory.max": "1000\n", "a/memory.current": "600\n",
        "a/memory.stat": "inactive_file 50\n",
        "a/b/cpu.max": "max 100000\n", "a/cpu.max": "150000 100000\n",
        "a/b/memory.events": "low 0\noom_kill 3\n",
    })
    assert cgroups.memory_left() == 450
    assert cgroups.cpu_quota() == 1.5
    assert cgroups.memory_kills() >= 3


def test_version_1_has_a_tree_for_each_controller(tree):
    tree("4:memory:/a\n1:cpu,cpuacct:/a\n", {
        "memory/a/memory.limit_in_bytes": "1000\n", "memory/a/memory.usage_in_bytes": "400\n",
        "memory/a/memory.oom_control": "oom_kill_disable 0\noom_kill 2\n",
        "cpu,cpuacct/a/cpu.cfs_quota_us": "50000\n", "cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
        "cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
    })
    assert cgroups.memory_left() == 600
    assert cgroups.cpu_quota() == 0.5
    assert cgroups.memory_kills() >= 2


def test_no_groups_no_limits(tree):
    tree("", {})
    assert cgroups.memory_left() is None
    assert cgroups.cpu_quota() is None


@pytest.fixture
def group():
    """A real memory group with a limit."""
    name = f"fastavg-{uuid.uuid4().hex[:8]}"
    for parent, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                          ("/sys/fs/cgroup", "memory.max")):
        folder = Path(parent, name)
        try:
            folder.mkdir()
            (folder / limit).write_text(str(LIMIT))
            break
        except OSError:
            if folder.is_dir():
                folder.rmdir()
    else:
        pytest.skip("control groups cannot be made here (no right to)")
    yield folder
    folder.rmdir()


def test_a_real_limit_is_seen_and_a_lack_of_memory_is_named(group, tmp_path):
    here = Path(__file__).parents[1] / "faults"
    script = f"""
import os
open({str(group / 'cgroup.procs')!r}, "w").write(str(os.getpid()))
from fastavg.machine.resources import usable_memory
assert usable_memory() <= {LIMIT}
exec(open({str(here / 'subject.py')!r}).read())
"""
    environment = {
        **os.environ, "PYTHONPATH": str(here), "FASTAVG_FAILPOINT_LISTENER": "injector:act",
        "FASTAVG_FAULT": "trained@round=3,worker=1,times=9:memory",
        "FASTAVG_FAULT_FOLDER": str(tmp_path),
    }
    ended = subprocess.run(
        [sys.executable, "-c", script, "2"], env=environment, capture_output=True, text=True,
        timeout=100,
    )
    assert ended.returncode == 1
    assert "to SIGKILL, out of memory; the last complete round is 2" in ended.stderr
