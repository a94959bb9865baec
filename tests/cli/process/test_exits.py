"""Every way to end has its exit code and at most one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Runs the command line's last frame around a function that ends in a given way.
PROGRAM = """
import os, signal, sys
import typer
from fastavg import errors
from fastavg_cli.process.exits import OutputClosed, run
from fastavg_cli.process.interrupts import Stopped
app = typer.Typer(add_completion=False)
@app.command()
def go(debug: bool = False):
    {}
sys.exit(run(app, sys.argv[1:]))
"""


def ended(statement, *arguments):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(statement), *arguments], capture_output=True,
        text=True, timeout=100,
    )


@pytest.mark.parametrize(("statement", "code", "said"), [
    ("print('done')", 0, ""),
    ("return None", 0, ""),
    ("sys.exit(7)", 7, ""),
    ("sys.exit('text')", 1, ""),
    ("raise errors.ConfigError('workers is 0')", 3, "fastavg: workers is 0\n"),
    ("raise errors.DataError('two\\n  lines')", 3, "fastavg: two lines\n"),
    ("raise errors.Diverged(3, 1)", 4, "fastavg: "),
    ("raise errors.WorkerLost('gone')", 5, "fastavg: gone\n"),
    ("raise typer.BadParameter('no such thing')", 2, "('fastavg --help' lists what there is)\n"),
    ("open('/nowhere/at/all')", 3, "fastavg: /nowhere/at/all: No such file or directory\n"),
    ("raise MemoryError", 3, "fastavg: the memory is full; fewer workers or a smaller network"),
    ("1 / 0", 1, "fastavg: unexpected ZeroDivisionError: division by zero (--debug shows where)\n"),
    ("raise Stopped(signal.SIGTERM)", 143, "fastavg: terminated\n"),
    ("raise OutputClosed", 141, ""),
], ids=lambda value: value if isinstance(value, str) and value[:5] in ("raise", "sys.e") else None)
def test_code_and_line(statement, code, said):
    done = ended(statement)
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == (1 if said else 0)
    assert said in done.stderr
    assert done.stdout == ("done\n" if "done" in statement else "")


def test_debug_shows_where():
    done = ended("1 / 0", "--debug")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.endswith("(--debug shows where)\n")


def test_an_unknown_option_is_usage():
    done = ended("pass", "--nonsense")
    assert done.returncode == 2
    assert "--nonsense" in done.stderr
    assert done.stderr.count("\n") == 1
