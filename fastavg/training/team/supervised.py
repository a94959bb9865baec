"""A team of supervised processes.

One pipe leads to each process.  A process that is killed closes its end, which wakes
the parent at once; there is no queue, lock or semaphore that a dead process could
keep.  An order is done only when its report has arrived, so a slot that was half
written is simply written again.

.. code-block:: text

    start --> ready --> on an order --> ready --> ...
      |         |            |
      '---------+------------'--> gone, or hung and killed: its order goes to the next
                                  that is free, and a new process takes its place

Rows are copied and processes started beside the caller, which carries out blocks of rounds by
itself meanwhile: their bits do not depend on who does it.
"""

from __future__ import annotations

import contextlib
import errno
import math
import pickle
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from multiprocessing.connection import Connection, wait
from threading import Event as Flag
from typing import Any, NoReturn

from fastavg.data.rows import move_in, room_for
from fastavg.errors import DataError, WorkerLost
from fastavg.kernels.blocks.barrier import abort, new_attempt
from fastavg.kernels.blocks.records import ABORTED
from fastavg.machine.cgroups import memory_kills
from fastavg.machine.failpoints import failpoint
from fastavg.solvers.minibatch import FLOPS_PER_CALL
from fastavg.training.center import CenterBuffers
from fastavg.training.observers.events import Event, WorkerReplaced
from fastavg.training.programs import Order, Programs, Report
from fastavg.training.run import Run
from fastavg.training.team.child import Child, exit_words
from fastavg.training.team.launcher import Launcher, launcher
from fastavg.training.team.stall import Stall, deadline
from fastavg.training.team.startup import Startup

TRIES = 3
# Seconds that a block waits for processes that start, before it is carried out without them.
PATIENCE = 0.05
# Bytes of rows that take longer to copy.
MANY_ROWS = 1 << 27


class Member:
    """A process of the team: whether it is ready, and the order that it is on.

    Parameters
    ----------
    child : Child
        The process.
    limit : float
        Seconds without processor time after which it is hung.
    """

    def __init__(self, child: Child, limit: float) -> None:
        self.child = child
        self.ready = False
        self.order: Order | None = None
        self.stall = Stall(child.pid, limit)
        self.given_up = False

    @property
    def connection(self) -> Connection:
        """Our end of its pipe."""
        return self.child.connection

    @property
    def at_work(self) -> bool:
        """True while an answer is expected."""
        return not self.ready or self.order is not None


class RemoteTraceback(Exception):
    """The traceback of another process, as text."""


class SupervisedTeam:
    """Processes that carry out orders; use it as a context manager.

    Parameters
    ----------
    run : Run
        What the orders are about; its rows are copied into shared memory once.
    buffers : CenterBuffers
        In shared memory.
    workers : range
        The workers of this rank.
    processes : int
        How many, two or more.
    tell : callable
        Takes the event of a replaced process.
    parts : sequence of str
        Kernels that processes find loaded.
    """

    def __init__(
        self, run: Run, buffers: CenterBuffers, workers: range, processes: int,
        tell: Callable[[Event], object], parts: Sequence[str] = ("training",),
    ) -> None:
        self._tell, self._buffers, self._run, self._workers = tell, buffers, run, workers
        self._limit = deadline()
        self._members: list[Member] = []
        self._waiting: deque[Order] = deque()
        self._done: deque[tuple[Order, Report]] = deque()
        self._deaths: Counter[Order] = Counter()
        self._early_deaths = 0
        self._round = -1
        self._memory_kills = memory_kills()
        # Carries out blocks until all processes are ready.
        self._alone: Programs | None = Programs(run, buffers, workers)
        self._rows, form = room_for(run.rows)
        patience = PATIENCE if self._rows.size < MANY_ROWS else 0.0
        self._impatient_at = time.monotonic() + patience
        self._message = pickle.dumps((run.network, run.plan, form, workers, buffers.wide))
        try:
            with _files_for(processes):
                self._launcher: Launcher = launcher(run.plan.dtype, parts)
        except BaseException:
            self._rows.close()
            raise

        def copy(unwanted: Flag) -> None:
            move_in(run.rows, self._rows, form, unwanted)

        def start(unwanted: Flag) -> None:
            with _files_for(processes):
                while len(self._members) < processes and not unwanted.is_set():
                    self._members.append(self._start(unwanted))

        beside = self._launcher.beside
        self._startup = Startup(copy, start) if beside else Startup(copy)
        try:
            if not beside:
                start(Flag())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SupervisedTeam:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def submit(self, order: Order) -> None:
        """Hand an order over; it is begun as soon as a process is free; see :meth:`Team.submit`."""
        self._round = order.round
        self._waiting.append(order)

    def next(self) -> tuple[Order, Report]:
        """The next order that is done; lost orders are carried out again."""
        self._startup.over()
        while not self._done:
            self._hand_out()
            for member in self._answering():
                self._take(member)
        return self._done.popleft()

    def run(self, orders: Sequence[Order]) -> list[Report]:
        """Carry out all of these; their reports, in the order of the orders.

        See :meth:`Team.run`.
        """
        for order in orders:
            self.submit(order)
        done = dict(self.next() for _ in orders)
        return [done[order] for order in orders]

    def together(self, order: Order) -> list[Report]:
        """All processes carry out an order at the same time; see :meth:`Team.together`.

        While not all of them have started, this one does it alone.
        """
        self._round, block = order.round, self._buffers.block
        assert block is not None
        if self._alone is not None and not self._is_whole(order):
            new_attempt(block.words)
            return [self._alone(order._replace(worker=0, members=1))]
        self._alone = None
        while True:
            self._wait_until(lambda member: member.ready)
            new_attempt(block.words)
            places = len(self._members)
            for place, member in enumerate(self._members):
                self._hand(member, order._replace(worker=place, members=places))
            self._wait_until(lambda member: member.order is None)
            reports = [self._done.popleft()[1] for _ in range(len(self._done))]
            if len(reports) == places and all(each.rounds != ABORTED for each in reports):
                self._deaths.clear()
                return reports

    def _is_whole(self, order: Order) -> bool:
        latest = self._impatient_at if self._is_short(order) else math.inf
        return self._startup.over(latest) and self._wait_until(lambda member: member.ready, latest)

    def _is_short(self, order: Order) -> bool:
        # Blocks of several rounds are; one round may be long, and is shared.
        steps = order.stop_step - order.first_step
        return (
            order.stop_round - order.round > 1 or steps * self._flops_per_step < FLOPS_PER_CALL
        )

    @cached_property
    def _flops_per_step(self) -> int:
        rows = len(self._workers) * self._run.sampler().batch
        return rows * self._run.network.flops_per_row

    def _wait_until(self, holds: Callable[[Member], bool], latest: float = math.inf) -> bool:
        while not all(map(holds, self._members)):
            answering = self._answering(latest)
            if not answering:
                return False
            for member in answering:
                self._take(member)
        return True

    def close(self) -> None:
        """End all processes and wait until they are gone."""
        self._startup.call_off()
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

    def _start(self, unwanted: Flag | None = None) -> Member:
        child = self._launcher.start(unwanted)
        try:
            self._buffers.segment.send(child.connection, child.pid)
            self._rows.send(child.connection, child.pid)
            child.connection.send_bytes(self._message)
        except OSError:
            # Dead already: seen as such when it is listened to.
            child.kill()
        return Member(child, self._limit)

    def _hand_out(self) -> None:
        for member in self._members:
            if not (member.ready and member.order is None and self._waiting):
                continue
            self._hand(member, self._waiting.popleft())

    def _hand(self, member: Member, order: Order) -> None:
        member.order = order
        member.stall.begin()
        # A broken pipe shows up as the process's end, a moment later.
        with contextlib.suppress(OSError):
            member.connection.send(tuple(order))
        failpoint("handed-out", order.round, order.worker)

    def _answering(self, latest: float = math.inf) -> list[Member]:
        """Wait until a member answers or is gone; those that hang are killed on the way.

        Nobody may have by the ``latest`` time.
        """
        by_connection = {member.connection: member for member in self._members}
        while True:
            left = max(0.0, latest - time.monotonic())
            ready = wait(list(by_connection), min(self._limit / 4, left))
            for member in self._members:
                if member.at_work and member.connection not in ready and member.stall.hung():
                    member.given_up = True
                    member.child.kill()
            if ready or not left:
                return [by_connection[connection] for connection in ready]  # type: ignore[index]

    def _take(self, member: Member) -> None:
        try:
            answer: tuple[Any, ...] = member.connection.recv()
        except (EOFError, OSError):
            self._replace(member)
            return
        if answer[0] == "unreadable":
            # No process could read them: it is the rows that are wrong.
            raise DataError(answer[1]) from RemoteTraceback(answer[2])
        if answer[0] == "failed":
            self._fail(member, *answer[1:])
        if answer[0] == "ready":
            member.ready, self._early_deaths = True, 0
            return
        assert member.order is not None
        if not member.order.members:
            self._deaths.pop(member.order, None)
        self._done.append((member.order, Report(*answer[1:])))
        member.order = None

    def _fail(self, member: Member, message: str, trace: str) -> NoReturn:
        who = "a process failed at its start"
        if member.ready and member.order is not None:
            who = f"{_whose(member.order)} failed in {_rounds(member.order)}"
        raise WorkerLost(f"{who}: {message}") from RemoteTraceback(trace)

    def _replace(self, member: Member) -> None:
        order, block = member.order, self._buffers.block
        if order is not None and order.members and block is not None:
            # Nobody may wait at a barrier for a process that is gone.
            abort(block.words)
        failpoint("noticed", self._round, -1 if order is None else order.worker)
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
        pid = member.child.pid
        member.child.close()
        if not member.ready:
            self._early_deaths += 1
            if self._early_deaths >= TRIES or (code is not None and code >= 0):
                raise WorkerLost(
                    f"process {pid} ended before it was ready, with {cause}; "
                    f"{self._complete()}; --processes 1 runs without"
                )
        elif order is not None:
            if not order.members:
                self._waiting.appendleft(order)
            self._deaths[order] += 1
            if self._deaths[order] >= TRIES:
                raise WorkerLost(
                    f"{_whose(order)} lost {TRIES} processes in {_rounds(order)}, "
                    f"the last (pid {pid}) to {cause}; {self._complete()}"
                )
        if not (starved and self._members):
            # After a lack of memory the others go on, one process fewer.
            self._members.append(self._start())
        worker = None if order is None or order.members else order.worker
        self._tell(WorkerReplaced(self._round, worker, pid, cause, len(self._members)))

    def _complete(self) -> str:
        if self._round < 1:
            return "no round is complete"
        return f"the last complete round is {self._round - 1}"


@contextlib.contextmanager
def _files_for(processes: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        raise WorkerLost(
            f"{processes} processes need more open files than this one may have; "
            "fewer processes would do, or a higher limit (ulimit -n)"
        ) from None


def _whose(order: Order) -> str:
    return f"process {order.worker} of a block" if order.members else f"worker {order.worker}"


def _rounds(order: Order) -> str:
    return f"rounds {order.round} to {order.stop_round - 1}" if order.members else (
        f"round {order.round}"
    )
