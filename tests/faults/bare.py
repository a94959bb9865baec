"""The team without any of its safeguards, to measure what they cost."""

from __future__ import annotations

import contextlib
from multiprocessing.connection import wait
from unittest import mock

from fastavg.training import task
from fastavg.training.algorithms import local_sgd as coordinator
from fastavg.training.team import supervised as processes


def _stirred(team):
    """Wait for an answer, and look after nobody."""
    by_connection = {member.connection: member for member in team._members}
    return [by_connection[connection] for connection in wait(list(by_connection))]


def _nothing(*place):
    return None


@contextlib.contextmanager
def bare():
    """No watch over hanging processes, no failpoints, no look for diverged workers."""
    with (
        mock.patch.object(processes.ProcessTeam, "_stirred", _stirred),
        mock.patch.object(processes, "failpoint", _nothing),
        mock.patch.object(task, "failpoint", _nothing),
        mock.patch.object(coordinator, "failpoint", _nothing),
        mock.patch.object(coordinator, "without_diverged", lambda *given: given[3]),
    ):
        yield
