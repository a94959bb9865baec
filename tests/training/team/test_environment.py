"""The environment of a process of the team, as a process sees it."""

from __future__ import annotations

import json
import subprocess
import sys

from fastavg.training.team.environment import THREAD_VARIABLES, single_thread_environment

PROGRAM = """
import json, os, sys
json.dump([dict(os.environ), sys.path], sys.stdout)
"""


def seen(cwd):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True,
        env=single_thread_environment(), cwd=cwd,
    )
    return json.loads(done.stdout)


def test_every_library_has_one_thread(monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("SOMETHING_ELSE", "kept")
    variables, _ = seen(tmp_path)
    assert {variables[name] for name in THREAD_VARIABLES} == {"1"}
    assert variables["SOMETHING_ELSE"] == "kept"


def test_a_launchers_variables_are_not_passed_on(monkeypatch, tmp_path):
    monkeypatch.setenv("PMI_RANK", "1")
    monkeypatch.setenv("PMI_SIZE", "2")
    variables, _ = seen(tmp_path)
    assert not {"PMI_RANK", "PMI_SIZE"} & variables.keys()


def test_the_working_folder_is_not_searched_for_modules(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    _, path = seen(tmp_path)
    assert not {"", ".", str(tmp_path)} & set(path)
