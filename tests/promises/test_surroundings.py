"""Nothing about the surroundings is taken for granted: folders, paths, interpreters, signals."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.promises.programs import COMMAND, FAST, FIT, python, run, shell, weights

STARTS = pytest.mark.parametrize("start", ["fork-server", "spawn"])
SHADOWS = ("json", "signal", "types", "socket", "struct", "threading", "multiprocessing", "numpy",
           "numba", "psutil", "fastavg", "sitecustomize")


@pytest.fixture(scope="module")
def usual():
    return weights(python(FIT))


# Modules of the working folder.


def shadow(folder, name):
    """A module that gives itself away when it is run."""
    (folder / f"{name}.py").write_text(
        f"open({str(folder / f'ran-{name}')!r}, 'w').close()\nraise SystemExit('{name} was run')\n"
    )


def were_run(folder):
    return sorted(path.name for path in folder.glob("ran-*"))


@STARTS
def test_the_command_runs_no_module_of_the_working_folder(start, tmp_path):
    for name in SHADOWS:
        shadow(tmp_path, name)
    ended = run(COMMAND, "train", *FAST, folder=tmp_path, FASTAVG_START=start)
    assert were_run(tmp_path) == []
    assert (ended.code, ended.err) == (0, "")


@STARTS
def test_an_empty_part_of_pythonpath_is_not_searched_by_children(start, tmp_path, usual):
    # What parents import of it is Python's affair; children must not.
    shadow(tmp_path, "yaml_of_the_folder")
    code = FIT + (
        "import sys\nfrom fastavg.training.team.environment import single_thread_environment\n"
        "print(single_thread_environment().get('PYTHONPATH'))"
    )
    ended = python(code, folder=tmp_path, PYTHONPATH=":/no/such/folder", FASTAVG_START=start)
    assert weights(ended) == usual
    assert ended.out.splitlines()[-1] == "/no/such/folder"


AFTERWARDS = """
import os, sys
for name in {names}:
    open(name + ".py", "w").write("open(%r, 'w').close()" % os.path.abspath("ran-" + name))
"""


@pytest.mark.parametrize(("how", "start"), [
    ("-c", "fork-server"), ("file", "fork-server"), ("-m", "fork-server"),
    ("stdin", "fork-server"), ("-c", "spawn"),
])
def test_children_of_a_program_run_no_module_of_its_folder(how, start, tmp_path, usual):
    # The program itself has imported what it needs before these files are there.
    names = [name for name in SHADOWS if name != "fastavg"]
    code = "import fastavg.estimators, hashlib\n" + AFTERWARDS.format(names=names) + FIT
    (tmp_path / "program.py").write_text(code)
    started = {"-c": ("-c", code), "file": ("program.py",), "-m": ("-m", "program"), "stdin": ()}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *started[how]], cwd=tmp_path, capture_output=True,
        text=True, timeout=100, input=code if how == "stdin" else "",
        env={**os.environ, "FASTAVG_START": start},
    )
    assert were_run(tmp_path) == []
    assert done.returncode == 0, done.stderr
    assert usual in done.stdout


def test_the_module_form_of_the_command_searches_the_working_folder_last(tmp_path):
    for name in ("json", "signal", "typer"):
        shadow(tmp_path, name)
    ended = run(sys.executable, "-m", "fastavg_cli", "train", *FAST, folder=tmp_path)
    assert were_run(tmp_path) == []
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(("how", "start"), [("-c", "fork-server"), ("file", "spawn")])
def test_a_rule_in_a_module_beside_the_script_is_found_all_the_same(how, start, tmp_path):
    (tmp_path / "myrule.py").write_text(
        "from dataclasses import dataclass\nfrom fastavg import Adam\n"
        "@dataclass(frozen=True)\nclass Mine(Adam):\n    pass\n"
    )
    code = (
        "import numpy as np\nfrom fastavg import Execution, Network, Plan, train\n"
        "from myrule import Mine\n"
        "X = np.random.default_rng(0).normal(size=(60, 3))\n"
        "plan = Plan(workers=2, epochs=2, solver=Mine())\n"
        "train(Network((3, 4, 2)), X, X[:, 0] > 0, plan, execution=Execution(2))\n"
        "print('trained')"
    )
    (tmp_path / "script.py").write_text(code)
    program = ("-c", code) if how == "-c" else (tmp_path / "script.py",)
    ended = run(sys.executable, *program, folder=tmp_path if how == "-c" else None,
                FASTAVG_START=start)
    assert (ended.code, ended.out) == (0, "trained\n"), ended.err


# Odd entries of the search path.


ODD = ("Path('/usr/share')", "None", "b'/usr/share'", "3", "''", "'.'", "'/no/such/archive.zip'",
       "'/usr' + chr(0xDCE9)")
TRAIN = """
import numpy as np
from fastavg import Execution, Network, Plan, train
X = np.random.default_rng(0).normal(size=(60, 3))
train(Network((3, 4, 2)), X, X[:, 0] > 0, Plan(workers=2), execution=Execution(2))
print("trained")
"""


@pytest.mark.parametrize("odd", ODD)
def test_the_training_function_ignores_an_odd_entry_of_the_search_path(odd):
    ended = python(f"import sys\nfrom pathlib import Path\nsys.path.insert(1, {odd})\n{TRAIN}")
    assert (ended.code, ended.out) == (0, "trained\n"), ended.err


@STARTS
def test_odd_entries_of_the_search_path_are_ignored(start, usual):
    code = f"import sys\nfrom pathlib import Path\nsys.path += [{', '.join(ODD)}]\n{FIT}"
    assert weights(python(code, FASTAVG_START=start)) == usual


# Programs that are no plain Python.

PROGRAM = """#!/bin/sh
echo started >> {log}
exec sleep 60
"""


@pytest.mark.parametrize(("how", "start"), [
    ("None", "fork-server"), ("''", "fork-server"), ("'/no/such/python'", "spawn"),
    ("APP", "fork-server"), ("frozen", "spawn"),
])
def test_a_program_that_is_no_interpreter_trains_in_one_process(how, start, tmp_path, usual):
    log, app = tmp_path / "log", tmp_path / "app"
    app.write_text(PROGRAM.format(log=log))
    app.chmod(0o755)
    odd = f"sys.executable = {str(app)!r}" if how in ("APP", "frozen") else (
        f"sys.executable = {how}"
    )
    code = f"import sys\n{odd}\n" + ("sys.frozen = True\n" if how == "frozen" else "") + FIT + (
        "import psutil\nprint('children', len(psutil.Process().children()))"
    )
    ended = python(code, FASTAVG_START=start)
    assert weights(ended) == usual
    assert ended.out.splitlines()[-1] == "children 0"
    assert not log.exists()


def test_a_frozen_command_does_not_start_itself(tmp_path):
    log, app = tmp_path / "log", tmp_path / "app"
    app.write_text(PROGRAM.format(log=log))
    app.chmod(0o755)
    code = (
        f"import sys\nsys.frozen, sys.executable = True, {str(app)!r}\n"
        f"sys.argv = ['fastavg', 'train', *{FAST!r}]\nfrom fastavg_cli.entry import main\nmain()"
    )
    ended = python(code)
    assert (ended.code, ended.err) == (0, "")
    assert "processes         1" in ended.out
    assert not log.exists()


EMBEDDING = r"""
#include <Python.h>
int main(int argc, char **argv) {
    FILE *log = fopen(argv[1], "a");
    fputs("started\n", log);
    fclose(log);
    Py_Initialize();
    int failed = PyRun_SimpleString(argv[2]);
    return Py_FinalizeEx() < 0 || failed;
}
"""


def test_a_program_that_embeds_python_is_started_once(tmp_path, usual):
    compiler = shutil.which("cc") or shutil.which("gcc")
    library = Path(sysconfig.get_config_var("LIBDIR") or "") / str(
        sysconfig.get_config_var("LDLIBRARY")
    )
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if compiler is None or not library.exists() or not header.exists():
        pytest.skip("embedding needs a C compiler and Python's library")
    (tmp_path / "host.c").write_text(EMBEDDING)
    host = tmp_path / "host"
    subprocess.run(
        [compiler, tmp_path / "host.c", "-o", host, f"-I{sysconfig.get_path('include')}", library,
         f"-Wl,-rpath,{library.parent}", *(sysconfig.get_config_var("LIBS") or "").split(), "-lm"],
        check=True, capture_output=True,
    )
    code = f"import sys\nsys.path[:] = {[p for p in sys.path if p]!r}\n{FIT}"
    ended = run(host, tmp_path / "log", code)
    assert weights(ended) == usual
    assert (tmp_path / "log").read_text() == "started\n"


# Patched sockets, descriptors that do not block or are not there.


@STARTS
@pytest.mark.parametrize("library", ["gevent", "eventlet"])
def test_sockets_that_somebody_replaced(library, start, usual):
    # Not imported here: eventlet would warn about every fork of the other tests.
    assert importlib.util.find_spec(library), f"{library} is part of the test extra"
    patch = {
        "gevent": "import gevent.monkey\ngevent.monkey.patch_all()\n",
        "eventlet": "import eventlet\neventlet.monkey_patch()\n",
    }
    assert weights(python(patch[library] + FIT, FASTAVG_START=start)) == usual


def test_more_than_a_thousand_open_descriptors_and_a_time_out_of_sockets(usual):
    code = (
        "import os, resource, socket\n"
        "socket.setdefaulttimeout(0.001)\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))\n"
        "kept = [os.open('/dev/null', os.O_RDONLY) for _ in range(1100)]\n" + FIT
    )
    assert weights(python(code)) == usual


@STARTS
def test_a_program_whose_streams_are_closed(start, usual, tmp_path):
    # The result goes to a file: numbers 0 to 2 are free for whatever is opened next.
    code = (
        "import os, sys\n" + FIT.replace("print(", "open(sys.argv[1], 'w').write(' '.join((")[:-2]
        + ")))"
    )
    code += "\nassert not any(os.path.exists(f'/proc/self/fd/{n}') for n in (0, 1, 2))"
    ended = shell('"$PYTHON" -W ignore -c "$1" "$2" <&- >&- 2>&-', code, tmp_path / "result",
                  FASTAVG_START=start)
    assert ended.code == 0
    assert (tmp_path / "result").read_text() == usual


# Many processors, few descriptors.


def test_default_processes_leave_room_for_descriptors(usual):
    code = "import os\nos.sched_getaffinity = lambda _: set(range(192))\n" + FIT.replace(
        "workers=2, processes=2", "workers=40"
    ) + "print('processes', fastavg_processes)\n"
    code = code.replace("model.fit", (
        "import fastavg.plan.placement as p\nfastavg_processes = p.most_processes()\nmodel.fit"
    ))
    ended = shell('ulimit -n 80; exec "$PYTHON" -W ignore -c "$1"', code)
    assert ended.code == 0, ended.err
    assert "processes 8" in ended.out


# The compiler switched off.


@pytest.mark.parametrize("how", ["variable", "file"])
def test_a_compiler_that_is_switched_off_is_one_sentence(how, tmp_path):
    variables = {"NUMBA_DISABLE_JIT": "1"} if how == "variable" else {}
    if how == "file":
        pytest.importorskip("yaml")
        (tmp_path / ".numba_config.yaml").write_text("disable_jit: 1\n")
    ended = run(COMMAND, "train", *FAST, folder=tmp_path, **variables)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == (
        "fastavg: NUMBA_DISABLE_JIT switches off the compiler that fastavg computes with; "
        "unset it, or set it to 0\n"
    )
    ended = run(sys.executable, "-c", FIT, folder=tmp_path, **variables)
    assert ended.code == 1
    assert "ConfigError: NUMBA_DISABLE_JIT switches off" in ended.err.splitlines()[-1]
