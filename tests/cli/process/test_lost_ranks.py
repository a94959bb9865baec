"""A loss ends the command, whatever it is doing, with the exit code of the loss."""

from __future__ import annotations

import subprocess
import sys

import pytest

# The main thread is busy in a way that no collective interrupts.
PROGRAM = """
import sys, time
import typer
from fastavg.communicators import LocalCommunicator
from fastavg.errors import RankLost
from fastavg_cli.process.exits import run
from fastavg_cli.process.interrupts import watch
from fastavg_cli.process.lost_ranks import end_when_lost, tell_other_ranks
watch()
class Ranks(LocalCommunicator):
    def on_loss(self, function):
        import threading
        lost = RankLost("rank 1 on far has died; all ranks end", 1, "far")
        lost.raised = {raised}
        threading.Thread(target=function, args=(lost,), daemon=True).start()
app = typer.Typer(add_completion=False)
@app.command()
def go():
    end_when_lost(LocalCommunicator())
    end_when_lost(Ranks())
    tell_other_ranks("nobody to tell")
    time.sleep({seconds})
sys.exit(run(app, []))
"""


@pytest.mark.parametrize(("raised", "seconds", "code", "words"), [
    (False, 60, 5, "fastavg: rank 1 on far has died; all ranks end\n"),
    # It is on its way out already, and says so itself.
    (True, 2.5, 0, ""),
])
def test_the_command_ends(raised, seconds, code, words):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(raised=raised, seconds=seconds)],
        capture_output=True, text=True, timeout=50, check=False,
    )
    assert (done.returncode, done.stderr) == (code, words)
