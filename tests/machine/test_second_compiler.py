"""A second process compiles into the same cache, and ends with the first."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fastavg.machine.second_compiler import SecondCompiler, compile_apart

pytestmark = [pytest.mark.timeout(100), pytest.mark.usefixtures("nothing_left")]
SECONDS = 60
# What the parent does not do itself.
PROGRAM = """
import sys, time
from pathlib import Path
import fastavg.machine.second_compiler as compiler
compiler.usable_cpus = lambda: 2
with compiler.SecondCompiler("float64", ["rounds"]) as other:
    while not list(Path(sys.argv[1]).rglob("*.inner.kernel")):
        time.sleep(0.02)
    print(other._process.pid, flush=True)
    if sys.argv[2] == "stay":
        time.sleep(60)
print(other._process.returncode)
"""


@pytest.fixture
def program(tmp_path):
    started = []

    def start(word):
        started.append(subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path), word], text=True,
            stdout=subprocess.PIPE, env={"FASTAVG_CACHE_DIR": str(tmp_path), "PATH": ""},
        ))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=SECONDS)


def gone(pid):
    """True once a process is gone."""
    end = time.monotonic() + SECONDS
    while psutil.pid_exists(pid) and time.monotonic() < end:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return not psutil.pid_exists(pid)


def test_it_fills_the_cache_and_ends_with_the_block(program, tmp_path):
    out, _ = program("end").communicate(timeout=SECONDS)
    pid, code = map(int, out.split())
    assert code == -9
    assert gone(pid)
    assert list(Path(tmp_path).rglob("*.inner.kernel"))


def test_it_ends_with_a_parent_that_is_killed(program):
    parent = program("stay")
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait(SECONDS)
    assert gone(pid)


def test_without_work_or_a_second_processor_there_is_none(monkeypatch):
    with SecondCompiler("float64", []) as other:
        assert other._process is None
    monkeypatch.setattr("fastavg.machine.second_compiler.usable_cpus", lambda: 1)
    with SecondCompiler("float64", ["rounds"]) as other:
        assert other._process is None


APART = """
import sys
from fastavg.kernels.jit.cache_folder import is_compiled
from fastavg.machine.first_use import prepare_kernels
told = []
prepare_kernels("float64", ["prediction"], told.append, apart=True)
print(len(told), is_compiled("float64", "prediction"), "numba" in sys.modules)
"""


def test_kernels_that_are_compiled_apart_cost_this_process_no_memory(tmp_path):
    given = {"FASTAVG_CACHE_DIR": str(tmp_path), "PATH": ""}
    said = subprocess.run(
        [sys.executable, "-c", APART], env=given, check=True, capture_output=True, text=True,
        timeout=SECONDS,
    )
    # Told once; compiled; and not by this process, which has no compiler.
    assert said.stdout.split() == ["1", "True", "False"]


def test_without_a_cache_nothing_is_compiled_apart(monkeypatch):
    monkeypatch.setattr("fastavg.machine.second_compiler.cache_folder", lambda: None)
    monkeypatch.setattr(subprocess, "Popen", None)
    compile_apart("float64", ["prediction"])
