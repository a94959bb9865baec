"""The page of commands says what the commands say."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from fastavg_cli.app import COMMANDS
from fastavg_cli.command_reference import command_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"


def test_the_page_is_the_one_that_the_commands_make():
    # python -m fastavg_cli.command_reference > docs/reference/command-line.md
    assert PAGE.read_text() == command_reference()


def test_every_option_of_every_command_has_a_row():
    text = PAGE.read_text()
    for name in COMMANDS:
        section = text.split(f"## fastavg {name}\n")[1].split("\n## ")[0]
        for each in import_module(f"fastavg_cli.commands.{name}").command().params:
            if hasattr(each, "is_flag") and each.name != "debug":
                assert f"`{each.opts[0]}" in section, (name, each.opts)
