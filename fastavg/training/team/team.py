"""The team: what runs this host's tasks.

With one process the tasks run here, through the same function; with more they are
handed to whichever process is free, and a process that dies is replaced and its
task run again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol

from fastavg.data.rows import TaskData
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.training.center import Board
from fastavg.training.observers.events import Event
from fastavg.training.task import Report, Task


class Team(Protocol):
    """Runs all of this rank's tasks of a round."""

    def run(self, round: int, rate_factor: float = 1.0) -> list[Report]:
        """Every worker's report, in worker order; returns when all slots are written."""
        ...


class SoloTeam:
    """The tasks run one after the other in the calling process."""

    def __init__(self, task: Task, workers: range) -> None:
        self._task, self._workers = task, workers

    def run(self, round: int, rate_factor: float = 1.0) -> list[Report]:
        """Every worker's report, in worker order."""
        return [self._task(round, worker, rate_factor) for worker in self._workers]


@contextlib.contextmanager
def open_team(
    network: Network, plan: Plan, data: TaskData, board: Board, workers: range,
    processes: int, tell: Callable[[Event], object],
) -> Iterator[Team]:
    """A team that is ready to run, and gone afterwards.

    Parameters
    ----------
    workers : range
        The workers of this rank.
    processes : int
        1 runs them here.
    tell : callable
        Takes events, such as a replaced process.
    """
    if processes == 1:
        yield SoloTeam(Task(network, plan, data, board, workers.start), workers)
        return
    from fastavg.training.team.supervised import ProcessTeam

    with ProcessTeam(network, plan, data, board, workers, processes, tell) as team:
        yield team
