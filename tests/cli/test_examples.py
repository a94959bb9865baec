"""Every command's help has an example, and the examples work, one after the other."""

from __future__ import annotations

import re
import shlex
from importlib import import_module

import pytest
from fastavg_cli.app import COMMANDS

from tests.cli.commands.models import numbers
from tests.cli.shell import run

# It serves until it is stopped; tests/cli/commands/test_watch.py has its example.
SERVES = {"watch"}


def example(name):
    text = import_module(f"fastavg_cli.commands.{name}").command().help
    found = re.findall(r"Example: (fastavg .*)", text.split("\f")[0])
    assert len(found) == 1, f"fastavg {name} --help has no example"
    assert found[0].startswith(f"fastavg {name}")
    return shlex.split(found[0])[1:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    numbers(120).to_csv(folder / "flowers.csv", index=False)
    code, _, err = run(*example("train"), "--effort", "fast", "--epochs", 3, cwd=folder)
    assert code == 0, err
    return folder


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - SERVES - {"train"}))
def test_the_example_of_the_help_works(folder, name):
    code, _, err = run(*example(name), cwd=folder)
    assert code == 0, err


def test_help_shows_the_example(folder):
    for name in ("runs", "export"):
        code, out, _ = run(name, "--help")
        assert code == 0
        assert "Example: fastavg" in out
