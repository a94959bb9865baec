"""A team of supervised processes.

One pipe leads to each process.  A process that is killed closes its end, which wakes
the parent at once; there is no queue, lock or semaphore that a dead process could
keep.  A task is counted as done only when its report has arrived, so a slot that was
half written is simply written again.
"""

from __future__ import annotations

import contextlib
import pickle
import time
from collections import Counter, deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from fastavg.errors import FastavgError, WorkerLost
from fastavg.network import Network
from fastavg.training.board import Board
from fastavg.training.events import Event, WorkerReplaced
from fastavg.training.launcher import Child, Launcher, launcher
from fastavg.training.plan import Plan
from fastavg.training.rows import share
from fastavg.training.task import Report, TaskData

TRIES = 3


class Member:
    """A process of the team and the task that it is on."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.worker: int | None = None
        self.since = time.monotonic()

    @property
    def connection(self) -> Connection:
        """Our end of its pipe."""
        return self.child.connection


class ProcessTeam:
    """Processes that run tasks; use it as a context manager.

    Parameters
    ----------
    network, plan, data, board, workers
        As for :func:`fastavg.training.team.open_team`.
    processes : int
        How many, two or more.
    tell : callable
        Hears of replaced processes.
    """

    def __init__(
        self, network: Network, plan: Plan, data: TaskData, board: Board, workers: range,
        processes: int, tell: Callable[[Event], object],
    ) -> None:
        self._workers, self._tell = workers, tell
        self._board = board
        self._rows, form = share(data)
        self._message = pickle.dumps((network, plan, form, workers))
        self._launcher: Launcher = launcher(plan.dtype)
        self._members: list[Member] = []
        self._deaths: Counter[int] = Counter()
        self._round = -1
        try:
            for _ in range(processes):
                self._members.append(self._start())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> ProcessTeam:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def run(self, round: int, rate_factor: float = 1.0) -> list[Report]:
        """Every worker's report, in worker order; lost tasks are run again."""
        self._round = round
        self._deaths.clear()
        waiting = deque(self._workers)
        reports: dict[int, Report] = {}
        while len(reports) < len(self._workers):
            for member in self._members:
                if member.worker is None and waiting:
                    self._hand_out(member, round, waiting.popleft(), rate_factor)
            busy = {
                member.connection: member
                for member in self._members if member.worker is not None
            }
            for connection in wait(list(busy)):
                member = busy[connection]  # type: ignore[index]
                worker = member.worker
                report = self._hear(member)
                if report is not None:
                    reports[report.worker] = report
                    member.worker = None
                elif worker is not None:
                    waiting.appendleft(worker)
                    self._replace(member, worker)
        return [reports[worker] for worker in self._workers]

    def close(self) -> None:
        """End all processes and wait until they are gone."""
        members, self._members = self._members, []
        for member in members:
            with contextlib.suppress(OSError):
                member.connection.send(None)
        for member in members:
            if member.worker is not None or not member.child.wait(2.0):
                member.child.kill()
                member.child.wait(5.0)
            member.connection.close()
        self._rows.close()

    def _start(self) -> Member:
        child = self._launcher.start()
        try:
            self._board.segment.send(child.connection, child.pid)
            self._rows.send(child.connection, child.pid)
            child.connection.send_bytes(self._message)
        except OSError:
            child.kill()
        return Member(child)

    def _hand_out(self, member: Member, round: int, worker: int, rate_factor: float) -> None:
        member.worker, member.since = worker, time.monotonic()
        # A broken pipe shows up as the process's end, a moment later.
        with contextlib.suppress(OSError):
            member.connection.send((round, worker, rate_factor))

    def _hear(self, member: Member) -> Report | None:
        try:
            answer: Any = member.connection.recv()
        except (EOFError, OSError):
            return None
        if isinstance(answer, str):
            raise FastavgError(f"worker {member.worker} failed in round {self._round}\n{answer}")
        return Report(*answer)

    def _replace(self, member: Member, worker: int) -> None:
        cause = member.child.cause()
        member.connection.close()
        self._deaths[worker] += 1
        if self._deaths[worker] >= TRIES:
            self._members.remove(member)
            raise WorkerLost(
                f"worker {worker} of round {self._round} lost {TRIES} processes, the last "
                f"(pid {member.child.pid}) to {cause}; "
                f"the last complete round is {self._round - 1}"
            )
        self._tell(WorkerReplaced(self._round, worker, member.child.pid, cause))
        self._members[self._members.index(member)] = self._start()
