"""The fork server's loop as a process of its own, over its two pipes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from fastavg.machine.pipes import open_lifeline, open_pipe, send_descriptor
from fastavg.training.team.environment import single_thread_environment
from fastavg.training.team.fork_server_loop import LastFolders

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]
PROGRAM = """
import sys
from fastavg.training.team.fork_server_loop import serve
serve(int(sys.argv[1]), int(sys.argv[2]), "float32", sys.argv[3:])
"""


class Server:
    def __init__(self, *folders):
        self.control, theirs = open_pipe()
        read, self.lifeline = open_lifeline()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(theirs.fileno()), str(read), *folders],
            pass_fds=(theirs.fileno(), read), env=single_thread_environment(),
        )
        theirs.close()
        os.close(read)

    def child(self):
        """A child's pipe and process number."""
        ours, theirs = open_pipe()
        self.control.send(("float32",))
        send_descriptor(self.control, theirs.fileno())
        theirs.close()
        word, pid = self.control.recv()
        assert word == "started"
        return ours, pid

    def close(self):
        self.control.close()
        with contextlib.suppress(OSError):
            os.close(self.lifeline)
        return self.process.wait(30)


@contextlib.contextmanager
def serving(*folders):
    server = Server(*folders)
    try:
        yield server
    finally:
        server.close()


def test_every_request_is_answered_with_a_child_and_later_with_its_end():
    with serving() as server:
        pipe, pid = server.child()
        other, number = server.child()
        assert pid != number
        os.kill(pid, signal.SIGKILL)
        assert server.control.recv() == ("ended", pid, -signal.SIGKILL)
        # A child whose pipe is closed before it was told anything ends well.
        other.close()
        assert server.control.recv() == ("ended", number, 0)
        pipe.close()


def test_it_ends_when_its_control_pipe_is_closed():
    with serving() as server:
        pipe, _ = server.child()
        pipe.close()
        server.control.close()
        assert server.process.wait(30) == 0


def test_server_and_children_end_with_the_parents_lifeline():
    with serving() as server:
        pipe, _ = server.child()
        os.close(server.lifeline)
        assert server.process.wait(30) in (0, -signal.SIGIO)
        # The child's end of its pipe is closed: it is gone.
        with pytest.raises((EOFError, ConnectionError)):
            pipe.recv()
        pipe.close()
        server.lifeline = -1


def test_last_folders_are_searched_for_top_level_modules_alone(tmp_path):
    (tmp_path / "only_here.py").write_text("")
    finder = LastFolders([str(tmp_path)])
    assert finder.find_spec("only_here").origin == str(tmp_path / "only_here.py")
    assert finder.find_spec("nowhere_at_all") is None
    assert finder.find_spec("only_here", ["a package's path"]) is None
