"""The team: what carries out this host's orders.

With one process the orders are carried out here, by the same programs; with more they
are handed to whichever process is free, and a process that dies is replaced and its
order carried out again.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from fastavg.kernels.blocks.barrier import new_attempt
from fastavg.training.center import CenterBuffers
from fastavg.training.observers.events import Event
from fastavg.training.programs import Order, Programs, Report
from fastavg.training.run import Run


class Team(Protocol):
    """Carries out orders, in any order and at the same time."""

    def submit(self, order: Order) -> None:
        """Hand an order over; it is begun as soon as a process is free.

        Parameters
        ----------
        order : Order
            One worker's work.
        """
        ...

    def next(self) -> tuple[Order, Report]:
        """The next order that is done, in the order of completion; waits for it."""
        ...

    def run(self, orders: Sequence[Order]) -> list[Report]:
        """Carry out all of these; their reports, in the order of the orders.

        Parameters
        ----------
        orders : sequence of Order
            One worker's work each.
        """
        ...

    def together(self, order: Order) -> list[Report]:
        """All processes carry out an order at the same time, each in a place of its own.

        Lost processes are replaced, and the whole is done again.

        Parameters
        ----------
        order : Order
            Of a block; the place and the number of processes are filled in.

        Returns
        -------
        list of Report
            One of each process.
        """
        ...


class InlineTeam:
    """Orders carried out one after the other in the calling process.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    buffers : CenterBuffers
        The run's centers and slots.
    workers : range
        The workers of this rank.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        self._programs = Programs(run, buffers, workers)
        self._waiting: deque[Order] = deque()
        self._block = buffers.block

    def submit(self, order: Order) -> None:
        """Queue an order; see :meth:`Team.submit`."""
        self._waiting.append(order)

    def next(self) -> tuple[Order, Report]:
        """Carry out the oldest order."""
        order = self._waiting.popleft()
        return order, self._programs(order)

    def run(self, orders: Sequence[Order]) -> list[Report]:
        """Carry out all of these; see :meth:`Team.run`."""
        return [self._programs(order) for order in orders]

    def together(self, order: Order) -> list[Report]:
        """Carry it out alone; see :meth:`Team.together`."""
        assert self._block is not None
        new_attempt(self._block.words)
        return [self._programs(order._replace(worker=0, members=1))]


@contextlib.contextmanager
def open_team(
    run: Run, buffers: CenterBuffers, workers: range, processes: int,
    tell: Callable[[Event], object], parts: Sequence[str] = ("training",),
) -> Iterator[Team]:
    """A team that takes orders, and is gone afterwards.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    buffers : CenterBuffers
        In shared memory if there are several processes.
    workers : range
        The workers of this rank.
    processes : int
        1 carries the orders out here.
    tell : callable
        Takes events, such as a replaced process.
    parts : sequence of str
        Kernels that processes find loaded, as for :func:`fastavg.kernels.warm_up.warm_up`.
    """
    if processes == 1:
        yield InlineTeam(run, buffers, workers)
        return
    from fastavg.training.team.supervised import SupervisedTeam

    with SupervisedTeam(run, buffers, workers, processes, tell, parts) as team:
        yield team
