"""Processes that share memory and run one kernel each, as the processes of a host do."""

from __future__ import annotations

import math
import mmap
import multiprocessing
import os
import signal
import traceback
from multiprocessing.connection import wait

import numpy as np

DEADLINE = 120.0


class SharedArrays:
    """Arrays of zeros that processes forked later share."""

    def __init__(self):
        self._maps = []

    def __call__(self, shape, dtype):
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        count = math.prod(shape)
        memory = mmap.mmap(-1, max(1, count) * np.dtype(dtype).itemsize)
        self._maps.append(memory)
        return np.frombuffer(memory, dtype, count).reshape(shape)


def _run(function, member, connection):
    try:
        connection.send(("value", function(member)))
    except BaseException:
        connection.send(("error", traceback.format_exc()))
    os._exit(0)


class Crew:
    """``members`` processes that each call ``function(member)``; none is left behind."""

    def __init__(self, function, members):
        context = multiprocessing.get_context("fork")
        self.connections, self.processes = [], []
        for member in range(members):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_run, args=(function, member, theirs), daemon=True)
            process.start()
            theirs.close()
            self.connections.append(ours)
            self.processes.append(process)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for process in self.processes:
            if process.is_alive():
                process.kill()
            process.join(10)
            assert not process.is_alive()

    def kill(self, member):
        os.kill(self.processes[member].pid, signal.SIGKILL)
        assert wait([self.processes[member].sentinel], DEADLINE)

    def value(self, member):
        assert self.connections[member].poll(DEADLINE), "the process does not answer"
        kind, value = self.connections[member].recv()
        if kind == "error":
            raise AssertionError(value)
        return value


def run_crew(function, members):
    """What every member's call returned."""
    with Crew(function, members) as crew:
        return [crew.value(member) for member in range(members)]
