"""Lines on standard output, and a reader that has gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from fastavg_cli.terminal.output import is_terminal, write_json, write_line


def test_a_line_is_written_at_once(capfd):
    write_line("one")
    # Not in a buffer: the descriptor has it.
    assert capfd.readouterr().out == "one\n"


def test_numbers_that_are_not_finite_are_null(capsys):
    write_json({"a": float("nan"), "b": float("-inf"), "c": 1.5, "d": "nan", "e": None})
    text = capsys.readouterr().out
    assert text.count("\n") == 1
    assert json.loads(text) == {"a": None, "b": None, "c": 1.5, "d": "nan", "e": None}


def test_other_values_are_refused():
    with pytest.raises(TypeError):
        write_json({"a": np.zeros(2)})


PROGRAM = """
import os, sys
from fastavg_cli.process.exits import OutputClosed
from fastavg_cli.terminal.output import write_line
try:
    write_line("nobody reads this")
except OutputClosed:
    os._exit(77)
"""


def test_a_reader_that_has_gone_is_noticed():
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run([sys.executable, "-c", PROGRAM], stdout=write, timeout=60)
    finally:
        os.close(write)
    assert done.returncode == 77


def test_a_pipe_is_no_terminal(capfd):
    assert not is_terminal()
