"""The reference of all commands; ``python -m fastavg_cli.command_reference`` writes the page."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import Any

from .app import COMMANDS

HEAD = """# Command line

`fastavg COMMAND --help` shows the same in a terminal. Options that no command lists are set by
name: [Options](options.md). [Train, predict and evaluate from the shell](../how-to/command-line.md)
explains how they work together, [Exit codes](exit-codes.md) how commands end.

This page is generated: `python -m fastavg_cli.command_reference > docs/reference/command-line.md`.

Every command also takes `--help`, and `--debug`, which shows where an error arose. `fastavg
--version` prints the version; `fastavg --install-completion` has the shell complete commands, flags
and values.
"""
# Options that two commands share are named, and not explained again, if there are so many.
MANY = 10
TABLE = "| {} | meaning |\n| --- | --- |"


def command_reference() -> str:
    """The page."""
    return HEAD + "".join(f"\n{_section(name)}\n" for name in COMMANDS)


def _section(name: str) -> str:
    command = _command(name)
    text = command.help.split("\f")[0].strip()
    parts = [f"## fastavg {name}", *map(_paragraph, re.split(r"\n\n+", text))]
    explained = _explained_by_train(command) if name != "train" else []
    panels: dict[str, list[str]] = {}
    for each in command.params:
        if each.name not in ("debug", "help") and each not in explained:
            panels.setdefault(_panel(each), []).append(_row(each))
    for panel, rows in panels.items():
        parts.append("\n".join([TABLE.format(panel), *rows]))
    if explained:
        names = ", ".join(f"`{each.opts[0]}`" for each in explained)
        parts.append(f"As for [`train`](#fastavg-train): {names}.")
    return "\n\n".join(parts)


def _command(name: str) -> Any:
    return import_module(f"fastavg_cli.commands.{name}").command()


def _explained_by_train(command: Any) -> list[Any]:
    """Options of ``fastavg train`` that another command has too, if there are many of them."""
    known = {_row(each) for each in _command("train").params}
    found = [each for each in command.params if hasattr(each, "is_flag") and _row(each) in known]
    found = [each for each in found if each.name not in ("debug", "help")]
    return found if len(found) >= MANY else []


def _paragraph(text: str) -> str:
    example = re.fullmatch(r"Example: (fastavg .*)", text)
    return f"```console\n$ {example.group(1)}\n```" if example else " ".join(text.split())


def _panel(parameter: Any) -> str:
    if not hasattr(parameter, "is_flag"):
        return "argument"
    panel = getattr(parameter, "rich_help_panel", None)
    kind = f"option: {panel}" if panel else "option"
    return f"{kind}, not listed by help" if parameter.hidden else kind


def _row(parameter: Any) -> str:
    if not hasattr(parameter, "is_flag"):
        shown = parameter.name.upper()
        shown = f"`{shown}`" if parameter.required else f"`[{shown}]`"
    else:
        value = "" if parameter.is_flag else " …"
        shown = ", ".join(f"`{each}{value}`" for each in parameter.opts)
    meaning = " ".join((parameter.help or "").split()).replace("|", "\\|")
    return f"| {shown} | {meaning}{' Required.' if _required(parameter) else ''} |"


def _required(parameter: Any) -> bool:
    return bool(parameter.required and hasattr(parameter, "is_flag"))


if __name__ == "__main__":
    sys.stdout.write(command_reference())
