"""The team without any of its safeguards, to measure what they cost."""

from __future__ import annotations

import contextlib
from multiprocessing.connection import wait
from unittest import mock

from fastavg.training import session
from fastavg.training.algorithms import local_sgd
from fastavg.training.programs import local_training
from fastavg.training.team import supervised


def _answering(team):
    """Wait for an answer, and look after nobody."""
    by_connection = {member.connection: member for member in team._members}
    return [by_connection[connection] for connection in wait(list(by_connection))]


def _nothing(*place):
    return None


@contextlib.contextmanager
def bare():
    """No watch over hanging processes, no failpoints, no look for diverged workers."""
    with (
        mock.patch.object(supervised.SupervisedTeam, "_answering", _answering),
        mock.patch.object(supervised, "failpoint", _nothing),
        mock.patch.object(session, "failpoint", _nothing),
        mock.patch.object(local_training, "failpoint", _nothing),
        mock.patch.object(local_sgd, "failpoint", _nothing),
        mock.patch.object(local_sgd, "without_diverged", lambda session, round, reports: reports),
    ):
        yield
