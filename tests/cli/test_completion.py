"""Shells complete commands, flags and values."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ASKED = {"_FASTAVG_COMPLETE": "complete_bash"}


def completed(line):
    """What the command offers for the last word of a line."""
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-m", "fastavg_cli"], capture_output=True, text=True, timeout=60,
        env={**os.environ, **ASKED, "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(("line", "offered"), [
    ("fastavg tr", ["train"]),
    ("fastavg r", ["runs", "report", "reproduce"]),
    ("fastavg train --work", ["--workers"]),
    ("fastavg train --solver ada", ["adam", "adamw", "adagrad"]),
    ("fastavg runs --so", ["--sort"]),
])
def test_commands_flags_and_values_are_offered(line, offered):
    assert completed(line) == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_takes_the_script(tmp_path):
    place = Path(sys.executable).parent
    script = (
        'eval "$(_FASTAVG_COMPLETE=source_bash fastavg)"; COMP_WORDS=(fastavg tr); COMP_CWORD=1; '
        '_fastavg_completion fastavg; echo "${COMPREPLY[@]}"; complete -p fastavg'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PATH": f"{place}:{os.environ['PATH']}", "HOME": str(tmp_path)},
    )
    assert done.stdout.splitlines() == [
        "train", "complete -o default -F _fastavg_completion fastavg",
    ], done.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_it_is_installed_for_the_shell_that_asks(tmp_path):
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{sys.executable} -m fastavg_cli --install-completion; true"],
        capture_output=True, text=True, timeout=60, env={**os.environ, "HOME": str(tmp_path)},
    )
    assert done.stdout.startswith("bash completion installed in"), done.stderr
    assert "_FASTAVG_COMPLETE" in (tmp_path / ".bash_completions" / "fastavg.sh").read_text()
