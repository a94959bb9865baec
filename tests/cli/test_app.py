"""The command's own part: which commands there are, and what asking for them costs."""

from __future__ import annotations

from importlib import import_module

import pytest
from fastavg_cli.app import COMMANDS, Commands

import fastavg
from tests.cli.shell import refused, run


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_a_module_of_its_name(name):
    made = import_module(f"fastavg_cli.commands.{name}").command()
    assert made.name == name
    # The line in the list of commands and the command's own help begin alike.
    assert made.help.split()[:2] == COMMANDS[name].split()[:2]


def test_the_list_is_made_without_the_commands():
    group = Commands(name="fastavg")
    assert group.list_commands(None) == list(COMMANDS)
    assert group.get_command(None, "no-such") is None
    assert [group.get_command(None, name).help for name in COMMANDS] == list(COMMANDS.values())


def test_version_help_and_a_wrong_name():
    assert run("--version") == (0, f"fastavg {fastavg.__version__}\n", "")
    code, out, _ = run("--help")
    assert code == 0
    assert all(name in out for name in COMMANDS)
    assert "No such command 'trian'" in refused(2, "trian")
