"""Interpreter and search path of processes; tests/promises/test_surroundings.py runs them."""

from __future__ import annotations

import os
import sys

import pytest

from fastavg.machine.interpreter import (
    changed_environment,
    interpreter,
    module_variables,
    search_path,
)


def test_this_python_is_one():
    assert os.path.samefile(interpreter(), sys.executable)


@pytest.mark.parametrize("value", [None, "", "/no/such/python", "/bin/sh", __file__])
def test_what_is_no_python_is_none(value, monkeypatch):
    monkeypatch.setattr(sys, "executable", value)
    assert interpreter() in (None, os.path.realpath("/proc/self/exe"))
    if value != "/no/such/python":
        assert interpreter() is None


def test_a_frozen_program_is_none(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert interpreter() is None


def test_a_program_of_that_name_is_not_started_in_pythons_place(tmp_path, monkeypatch):
    other = tmp_path / "python3"
    other.write_text("#!/bin/sh\nexit 3\n")
    other.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(other))
    assert interpreter() != str(other)


def test_own_folders_come_last(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, last = search_path(["", ".", str(tmp_path), "/a", None, 3, "/b", "/a"])
    assert (first, last) == (["/a", "/b"], [str(tmp_path)])
    # Everything is installed into the working folder, as in a container of functions.
    (tmp_path / "numpy").mkdir()
    assert search_path([""]) == ([str(tmp_path)], [])


def test_variables_of_modules(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = os.pathsep.join(["", ".", str(tmp_path), "/a"])
    assert module_variables({"PYTHONPATH": given, "X": "1"}) == {
        "PYTHONPATH": "/a", "PYTHONSAFEPATH": "1", "X": "1",
    }
    assert module_variables({"PYTHONPATH": "."}) == {"PYTHONSAFEPATH": "1"}


def test_a_changed_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("SET", "before")
    monkeypatch.delenv("UNSET", raising=False)
    with changed_environment({"SET": "1", "UNSET": "2"}):
        assert (os.environ["SET"], os.environ["UNSET"]) == ("1", "2")
    assert os.environ["SET"] == "before"
    assert "UNSET" not in os.environ
