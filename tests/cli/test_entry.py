"""Where the script starts: streams are put in order before anything is imported."""

from __future__ import annotations

import subprocess
import sys

import fastavg

START = "import sys; sys.argv[1:] = ['--version']; from fastavg_cli.entry import main; main()"


def test_it_runs_the_command_and_ends_with_its_code():
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"fastavg {fastavg.__version__}\n"


def test_it_runs_without_standard_streams():
    closed = "exec <&- >&- 2>&-; exec \"$@\""
    done = subprocess.run(["bash", "-c", closed, "-", sys.executable, "-c", START], timeout=60)
    assert done.returncode == 0


def test_a_signal_before_the_commands_are_there_ends_it_with_its_number():
    early = (
        "import os, signal, sys\n"
        "from fastavg_cli import entry\n"
        "watch = entry.watch\n"
        "def watched():\n"
        "    watch()\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "entry.watch = watched\n"
        "entry.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", early], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "fastavg: terminated\n")
