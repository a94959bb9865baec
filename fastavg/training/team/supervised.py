"""A team of supervised processes.

One pipe leads to each process.  A process that is killed closes its end, which wakes
the parent at once; there is no queue, lock or semaphore that a dead process could
keep.  A task is counted as done only when its report has arrived, so a slot that was
half written is simply written again.

.. code-block:: text

    start --> ready --> on a task --> ready --> ...
      |         |           |
      '---------+-----------'--> gone, or hung and killed: its task goes to the next
                                 that is free, and a new process takes its place
"""

from __future__ import annotations

import contextlib
import errno
import pickle
from collections import Counter, deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from fastavg.data.rows import TaskData, share
from fastavg.errors import WorkerLost
from fastavg.machine.cgroups import memory_kills
from fastavg.machine.failpoints import failpoint
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.training.center import Board
from fastavg.training.observers.events import Event, WorkerReplaced
from fastavg.training.task import Report
from fastavg.training.team.child import Child, exit_words
from fastavg.training.team.launcher import Launcher, launcher
from fastavg.training.team.stall import Stall, deadline

TRIES = 3


class Member:
    """A process of the team: whether it is ready, and the task that it is on."""

    def __init__(self, child: Child, limit: float) -> None:
        self.child = child
        self.ready = False
        self.worker: int | None = None
        self.stall = Stall(child.pid, limit)
        self.given_up = False

    @property
    def connection(self) -> Connection:
        """Our end of its pipe."""
        return self.child.connection

    @property
    def at_work(self) -> bool:
        """True while an answer is expected."""
        return not self.ready or self.worker is not None


class RemoteTraceback(Exception):
    """The traceback of another process, as text."""


class ProcessTeam:
    """Processes that run tasks; use it as a context manager.

    Parameters
    ----------
    network, plan, data, board, workers
        As for :func:`fastavg.training.team.team.open_team`.
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
        self._limit = deadline()
        self._members: list[Member] = []
        self._waiting: deque[int] = deque()
        self._deaths: Counter[int] = Counter()
        self._early_deaths = 0
        self._round = -1
        self._memory_kills = memory_kills()
        try:
            self._launcher: Launcher = launcher(plan.dtype)
            for _ in range(processes):
                self._members.append(self._start())
        except BaseException as error:
            self.close()
            if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
                raise WorkerLost(
                    f"{processes} processes need more open files than this one may have; "
                    "fewer processes would do, or a higher limit (ulimit -n)"
                ) from None
            raise

    def __enter__(self) -> ProcessTeam:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def run(self, round: int, rate_factor: float = 1.0) -> list[Report]:
        """Every worker's report, in worker order; lost tasks are run again."""
        self._round = round
        self._deaths.clear()
        self._waiting = deque(self._workers)
        reports: dict[int, Report] = {}
        while len(reports) < len(self._workers):
            for member in self._members:
                if member.ready and member.worker is None and self._waiting:
                    self._hand_out(member, self._waiting.popleft(), rate_factor)
            for member in self._stirred():
                answer = self._hear(member)
                if answer is None:
                    self._bury(member)
                elif answer[0] == "ready":
                    member.ready, self._early_deaths = True, 0
                else:
                    report = Report(*answer[1:])
                    reports[report.worker] = report
                    member.worker = None
        return [reports[worker] for worker in self._workers]

    def close(self) -> None:
        """End all processes and wait until they are gone."""
        members, self._members = self._members, []
        for member in members:
            if member.at_work:
                member.child.kill()
            else:
                with contextlib.suppress(OSError):
                    member.connection.send(None)
        for member in members:
            if not member.child.wait(2.0):
                member.child.kill()
                member.child.wait(5.0)
            member.child.close()
        self._rows.close()

    def _start(self) -> Member:
        child = self._launcher.start()
        try:
            self._board.segment.send(child.connection, child.pid)
            self._rows.send(child.connection, child.pid)
            child.connection.send_bytes(self._message)
        except OSError:
            # Dead already: seen as such when it is listened to.
            child.kill()
        return Member(child, self._limit)

    def _hand_out(self, member: Member, worker: int, rate_factor: float) -> None:
        member.worker = worker
        member.stall.begin()
        # A broken pipe shows up as the process's end, a moment later.
        with contextlib.suppress(OSError):
            member.connection.send((self._round, worker, rate_factor))
        failpoint("handed-out", self._round, worker)

    def _stirred(self) -> list[Member]:
        """Wait until somebody answers or is gone; members that hang are killed on the way."""
        by_connection = {member.connection: member for member in self._members}
        while True:
            ready = wait(list(by_connection), self._limit / 4)
            for member in self._members:
                if member.at_work and member.stall.hung():
                    member.given_up = True
                    member.child.kill()
            if ready:
                return [by_connection[connection] for connection in ready]  # type: ignore[index]

    def _hear(self, member: Member) -> tuple[Any, ...] | None:
        try:
            answer: tuple[Any, ...] = member.connection.recv()
        except (EOFError, OSError):
            return None
        if answer[0] == "failed":
            _, message, text = answer
            who = "a process failed at its start" if not member.ready else (
                f"worker {member.worker} failed in round {self._round}"
            )
            raise WorkerLost(f"{who}: {message}") from RemoteTraceback(text)
        return answer

    def _bury(self, member: Member) -> None:
        failpoint("noticed", self._round, -1 if member.worker is None else member.worker)
        member.child.wait(1.0)
        code = member.child.exit_code()
        kills = memory_kills()
        starved, self._memory_kills = kills > self._memory_kills, kills
        cause = exit_words(code)
        if member.given_up:
            cause = f"hanging for {self._limit:g} seconds"
        elif starved:
            cause += ", out of memory"
        self._members.remove(member)
        pid, worker = member.child.pid, member.worker
        member.child.close()
        if not member.ready:
            self._early_deaths += 1
            if self._early_deaths >= TRIES or (code is not None and code >= 0):
                raise WorkerLost(
                    f"process {pid} ended before it was ready, with {cause}; "
                    f"{self._complete()}; --processes 1 runs without"
                )
        elif worker is not None:
            self._waiting.appendleft(worker)
            self._deaths[worker] += 1
            if self._deaths[worker] >= TRIES:
                raise WorkerLost(
                    f"worker {worker} lost {TRIES} processes in round {self._round}, "
                    f"the last (pid {pid}) to {cause}; {self._complete()}"
                )
        if not (starved and self._members):
            # After a lack of memory the others go on, one process fewer.
            self._members.append(self._start())
        self._tell(WorkerReplaced(self._round, worker, pid, cause, len(self._members)))

    def _complete(self) -> str:
        if self._round < 1:
            return "no round is complete"
        return f"the last complete round is {self._round - 1}"
