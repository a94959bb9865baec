"""The command in the tests' own process, for tests that need it many times.

It is the same command from its arguments to its streams, without the second in which a process
of its own imports everything; :mod:`tests.cli.shell` has that one.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from functools import partial
from unittest import mock

from tests.cli import shell


@contextlib.contextmanager
def stream(number, name):
    """A descriptor of standard output or error, and Python's stream for it, lead to a file."""
    before, theirs = os.dup(number), getattr(sys, name)
    with (
        tempfile.TemporaryFile() as file,
        open(os.dup(file.fileno()), "w", encoding="utf-8") as ours,
    ):
        os.dup2(file.fileno(), number)
        setattr(sys, name, ours)
        try:
            yield file
        finally:
            setattr(sys, name, theirs)
            os.dup2(before, number)
            os.close(before)


def run(*arguments, cwd=None):
    """(exit code, stdout, stderr) of the command, as of :func:`tests.cli.shell.run`."""
    from fastavg_cli.app import app
    from fastavg_cli.process import exits

    words = [str(each) for each in arguments]
    typed = mock.patch.object(sys, "argv", ["fastavg", *words])
    with typed, contextlib.chdir(cwd or "."), contextlib.ExitStack() as streams:
        files = [
            streams.enter_context(stream(number, name))
            for number, name in ((1, "stdout"), (2, "stderr"))
        ]
        code = exits.run(app, words)
        texts = []
        for file, name in zip(files, ("stdout", "stderr")):
            getattr(sys, name).flush()
            file.seek(0)
            texts.append(file.read().decode())
    return code, *texts


refused = partial(shell.refused, by=run)
