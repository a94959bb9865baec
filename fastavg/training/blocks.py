"""Training in blocks: many rounds of all processes of this host, as one order each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from fastavg.data.sampling import Sampler
from fastavg.kernels.blocks.records import LOSS, WEIGHT
from fastavg.training.block_length import BlockLength
from fastavg.training.center import CenterBuffers
from fastavg.training.controllers import Directive
from fastavg.training.drift import DriftMeter
from fastavg.training.programs import Order
from fastavg.training.run import Run
from fastavg.training.stopwatch import Stopwatch
from fastavg.training.team.team import Team
from fastavg.training.timetable import Timetable

# What a block of several processes that one has carried out alone counts for.
STARTUP = 3


class RoundTotals(NamedTuple):
    """What a round comes to, over all workers.

    Parameters
    ----------
    loss : float
        Summed loss of all rows.
    rows : float
        Their summed weight.
    evaluations : int
        Steps or evaluations of all workers.
    squared_weights : float or None
        Sum of the next center's squared weights, biases left out, if training has it at hand.
    drift : float or None
        How far the workers were from their mean, if it was measured.
    gain : float or None
        How far the loss of the average lay below theirs, if it was measured.
    """

    loss: float
    rows: float
    evaluations: int
    squared_weights: float | None = None
    drift: float | None = None
    gain: float | None = None


class Trained(Protocol):
    """What blocks need of a session.

    Attributes
    ----------
    run : Run
        Network, plan, rows and first weights.
    sampler : Sampler
        Of the plan.
    buffers : CenterBuffers
        With memory for blocks.
    team : Team
        Carries out orders.
    watch : Stopwatch
        Where the seconds go since the last commit.
    workers : range
        The workers of this host, which are all of the run's.
    processes : int
        Of the team.
    rounds : int
        Complete rounds.
    timetable : Timetable
        Which steps a round has.
    drift : DriftMeter or None
        Measures how far the workers are from their mean, if an observer asks.
    """

    run: Run
    sampler: Sampler
    buffers: CenterBuffers
    team: Team
    watch: Stopwatch
    workers: range
    processes: int
    rounds: int
    timetable: Timetable
    drift: DriftMeter | None

    def directive(self) -> Directive:
        """What the controllers want of the next rounds."""
        ...

    def commit_block(self, totals: Sequence[RoundTotals]) -> bool:
        """Make the next rounds real.

        Parameters
        ----------
        totals : sequence of RoundTotals
            Of each round.
        """
        ...


class Blocks:
    """Chooses how many rounds the next block has, trains and commits them.

    Parameters
    ----------
    session : Session
        An open run whose buffers have memory for blocks.
    length : BlockLength
        Chooses the number of rounds.
    """

    def __init__(self, session: Trained, length: BlockLength) -> None:
        self._session, self._length = session, length
        self._alone: float | None = None

    def train(self, program: str, alone: bool = False, stop: int | None = None) -> bool:
        """Train the next rounds as a block.

        A block in which a weight would not be finite changes nothing; the round in which
        it would is trained by itself a little later.

        Parameters
        ----------
        program : str
            One of :data:`fastavg.training.programs.PROGRAMS`.
        alone : bool
            Whether a single round may be a block as well.
        stop : int, optional
            The round that the block must end before.

        Returns
        -------
        bool
            False if the next round is to be trained without a block; with ``alone`` that it is
            a round by itself whose weights are not finite.
        """
        if self._alone is not None:
            self._length.learn(1, time.perf_counter() - self._alone)
            self._alone = None
        end = self._session.timetable.block_stop(self._session.rounds)
        rounds = self._length.of(self._session.rounds, end if stop is None else min(stop, end))
        if rounds == 1 and not alone:
            self._alone = time.perf_counter()
            return False
        totals = self._order(program, rounds)
        if totals is not None:
            self._session.commit_block(totals)
        return totals is not None or rounds > 1

    def _order(self, program: str, rounds: int) -> list[RoundTotals] | None:
        session, block, round = self._session, self._session.buffers.block, self._session.rounds
        assert block is not None
        bounds = session.timetable.bounds(round, round + rounds)
        began = time.perf_counter()
        reports = session.team.together(Order(
            program, round, 0, int(bounds[0]), int(bounds[-1]), session.directive().rate_factor,
            round + rounds, period=session.timetable.period,
        ))
        seconds = time.perf_counter() - began
        complete = min(report.rounds for report in reports)
        if complete < rounds:
            self._length.leave_out(round + complete)
            return None
        # While processes start, blocks are short: one that is lost then is missed after each.
        alone = len(reports) == 1 < session.processes
        self._length.learn(rounds, STARTUP * seconds if alone else seconds)
        figures = block.figures[:rounds]
        session.watch.add_block(seconds, block.spent[: len(reports)], figures)
        steps, count = np.diff(bounds).tolist(), len(session.workers)
        totals = [
            RoundTotals(sum(losses), sum(weights), taken * count)
            for losses, weights, taken in zip(
                figures[:, :, LOSS].tolist(), figures[:, :, WEIGHT].tolist(), steps, strict=True
            )
        ]
        if session.drift is not None and program == "rounds":
            # The slots still hold what the workers had before the last average.
            with session.watch.beside():
                drift = session.drift.of_block(block.of_workers[:, 0], figures[-1, :, WEIGHT])
            totals[-1] = totals[-1]._replace(drift=drift)
        return totals
