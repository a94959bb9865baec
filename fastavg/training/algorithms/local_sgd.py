"""The round loop: Algorithm 1 of the paper.

.. code-block:: text

                 center ------------------------------------------------.
                   |  (shared memory; read-only for workers)             |
       task(round, worker 0)   task(round, worker 1)  ...                |
       sample, train locally   ...                  any process, any task|
                   |                   |                                 |
                slot[0]             slot[1]      ...                     |
                   '-------------------+-----------                      |
                                       |                                 |
                  parent averages the slots in place                     |
                                       |                                 |
                  communicator.allreduce (between ranks)                 |
                                       |                                 |
                  averaging rule: the next center -----------------------'
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import combine
from fastavg.communicators import Communicator, LocalCommunicator
from fastavg.communicators.collectives import anybody, workers_of
from fastavg.data.rows import TaskData
from fastavg.errors import Diverged
from fastavg.kernels.network.packing import all_finite
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.failpoints import failpoint
from fastavg.machine.shared_memory import shared_kind
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.training.center import Board
from fastavg.training.checkpoints.in_memory import Onward
from fastavg.training.checkpoints.manager import Checkpoints, Keeper, open_keeper
from fastavg.training.divergence import without_diverged
from fastavg.training.observers.events import (
    Event,
    Finished,
    Observer,
    RoundFinished,
    Started,
)
from fastavg.training.observers.plateau import followers
from fastavg.training.session import shake_hands
from fastavg.training.task import Report
from fastavg.training.team.team import open_team


def train_rounds(
    network: Network,
    plan: Plan,
    data: TaskData,
    start: NDArray[np.floating],
    processes: int = 1,
    communicator: Communicator | None = None,
    observers: Sequence[Observer] = (),
    checkpoints: Checkpoints | Onward | None = None,
) -> NDArray[np.floating]:
    """Train by model averaging; return a copy of the last center.

    Parameters
    ----------
    network, plan
    data : TaskData
        Rows in the plan's dtype.
    start : array (n_weights,)
        The first center.
    processes : int
        Operating-system processes that run this rank's workers; 1 runs them here.
    communicator : Communicator
        Between ranks; none for a single host.
    observers : sequence of Observer
    checkpoints : Checkpoints or Onward
        Where to write the state of complete rounds, and what to go on from.

    Raises
    ------
    Diverged
        If a worker's weights are no longer finite; holds the last center that is.
    RankMismatch
        If the ranks were given different settings or data.
    WorkerLost
        If processes die on the same task three times.
    """
    communicator = communicator or LocalCommunicator()
    workers = workers_of(communicator.rank, communicator.size, plan.workers)
    processes = max(1, min(processes, len(workers)))
    shake_hands(network, plan, data, start, communicator)
    observers = (*observers, *followers(plan))
    rules = np.zeros((2, plan.averaging.n_vectors, network.n_weights), plan.dtype)
    began = time.perf_counter()

    def tell(event: Event) -> bool:
        # A list, not a generator: everybody hears, also after somebody has asked to stop.
        return any([observer.notice(event) is True for observer in observers])  # noqa: C419

    with (
        one_blas_thread(),
        open_keeper(checkpoints, network, plan, data, communicator, observers, tell) as keeper,
        open_board(network, plan, len(workers), processes) as board,
        open_team(network, plan, data, board, workers, processes, tell) as team,
        rescuing(board, keeper),
    ):
        tell(Started(network, plan, len(data.X), processes, communicator.size))
        board.center(0)[0] = start
        communicator.broadcast(board.center(0)[0])
        rounds, stop = keeper.resume(board, rules, workers) if keeper else (0, False)
        failpoint("started", rounds)
        while rounds < plan.n_rounds and not stop:
            round = rounds
            released = time.perf_counter()
            reports = team.run(round, rate_factor(observers))
            failpoint("gathered", round)
            # Until the slowest rank is here, the others wait.
            everyone = gather(round, plan, reports, communicator)
            gathered = time.perf_counter()
            everyone = without_diverged(board, round, workers, everyone, plan, tell)
            average(board, round, everyone, plan, rules, communicator)
            averaged = time.perf_counter()
            training = sum(report.seconds for report in reports) / processes
            rows = sum(report.weight for report in everyone)
            asked = tell(RoundFinished(
                round=round,
                n_rounds=plan.n_rounds,
                epoch=min(plan.epochs, (round + 1) * plan.average_every),
                loss=sum(report.loss for report in everyone) / max(rows, 1e-300),
                rows=rows,
                evaluations=int(sum(report.evaluations for report in everyone)),
                training_seconds=training,
                kernel_seconds=sum(report.kernel_seconds for report in reports) / processes,
                averaging_seconds=averaged - gathered,
                waiting_seconds=max(0.0, gathered - released - training),
                weights=lambda round=round: board.center(round + 1)[0],  # type: ignore[misc]
                slowest_seconds=max((report.seconds for report in reports), default=0.0),
            ))
            stop = anybody(asked, communicator)
            # From here on the round is complete, whatever happens.
            rounds += 1
            failpoint("committed", round)
            if keeper:
                keeper.commit(rounds, finished=stop or rounds == plan.n_rounds)
        weights: NDArray[np.floating] = board.center(rounds)[0].copy()
    tell(Finished(rounds, time.perf_counter() - began))
    return weights


@contextlib.contextmanager
def open_board(network: Network, plan: Plan, slots: int, processes: int) -> Iterator[Board]:
    """The run's board, in shared memory if several processes need to see it."""
    kind = shared_kind() if processes > 1 else "private"
    board = Board.create(kind, plan, network.n_weights, slots)
    try:
        yield board
    finally:
        board.segment.close()


@contextlib.contextmanager
def rescuing(board: Board, keeper: Keeper | Onward | None) -> Iterator[None]:
    """Save the last complete round when an error or a signal ends training."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, Diverged):
            error.weights = board.center(error.round)[0].copy()
        if keeper:
            keeper.rescue()
        raise


def rate_factor(observers: Sequence[Observer]) -> float:
    """What observers make of the learning rate, from what they have heard so far."""
    return math.prod(getattr(observer, "rate_factor", 1.0) for observer in observers)


def gather(
    round: int, plan: Plan, reports: Sequence[Report], communicator: Communicator
) -> list[Report]:
    """The reports of all workers of all ranks, in worker order, the same on every rank.

    Each rank fills in its own workers' figures and zeros elsewhere, so the sum between
    ranks adds nothing to anything but zero and is exact.
    """
    table = np.zeros((plan.workers, len(Report._fields)))
    for report in reports:
        table[report.worker] = report
    flat = table.reshape(-1)
    communicator.allreduce(flat)
    return [Report._make(row) for row in table.tolist()]


def average(
    board: Board, round: int, everyone: Sequence[Report], plan: Plan,
    rules: NDArray[np.floating], communicator: Communicator,
) -> None:
    """Make the next center from this round's slots; each worker counts by its rows."""
    center, following = board.center(round), board.center(round + 1)
    rule_state = rules[(round + 1) % 2]
    rule_state[:] = rules[round % 2]
    for worker, report in enumerate(everyone):
        if report.weight:
            failpoint("averaging", round, worker)
    total = sum(report.weight for report in everyone)
    if total == 0:
        # A round shorter than a step: nobody moved.
        following[:] = center
        return
    shares = [report.weight / total for report in everyone]
    combine(board.slots(round, 0), shares, following[0], communicator, plan.reduction)
    with np.errstate(over="ignore", invalid="ignore"):
        plan.averaging.step(center[0], following[0], rule_state)
    if len(rule_state) and not all_finite(following[0]):
        raise Diverged(round, None)
    failpoint("averaged", round)
    if plan.solver_state == "average":
        for vector in range(1, len(following)):
            combine(
                board.slots(round, vector), shares, following[vector], communicator, plan.reduction
            )
