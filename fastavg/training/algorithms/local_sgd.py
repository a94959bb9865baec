"""Model averaging (local SGD): Algorithm 1 of the paper.

.. code-block:: text

                 center ------------------------------------------------.
                   |  (shared memory; read-only for workers)             |
       order(round, worker 0)   order(round, worker 1)  ...              |
       sample, train locally    ...                 any process, any order
                   |                   |                                 |
                slot[0]             slot[1]      ...                     |
                   '-------------------+-----------                      |
                                       |                                 |
                  parent averages the slots in place                     |
                                       |                                 |
                  communicator.allreduce (between ranks)                 |
                                       |                                 |
                  averaging rule: the next center -----------------------'

Many short rounds run in blocks: the same with the same bits, inside one compiled call in
every process (:mod:`fastavg.kernels.blocks.local_rounds`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import ROUNDED, combine
from fastavg.errors import Diverged
from fastavg.machine.failpoints import failpoint
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.plan import Plan
from fastavg.training.algorithms.contract import Synchronous
from fastavg.training.controllers.steered_rounds import SteeredRounds
from fastavg.training.divergence import without_diverged
from fastavg.training.first_rounds import active_workers, best_alone, differs, with_idle
from fastavg.training.gain import Gain
from fastavg.training.observers.bad_average import BadAverage
from fastavg.training.programs import Report

if TYPE_CHECKING:
    from fastavg.averaging.error_feedback import Change
    from fastavg.training.center import CenterBuffers
    from fastavg.training.session import Session


@ALGORITHMS.member("local-sgd")
@dataclass(frozen=True)
class LocalSGD(Synchronous):
    """Workers train alone for a round, then their weights are averaged.

    Examples
    --------
    >>> LocalSGD().reproducible
    True
    """

    blocks: ClassVar[tuple[str, ...]] = ("rounds",)

    def check(self, plan: Plan) -> None:
        """Every plan will do; see :meth:`Algorithm.check`."""

    def train(self, session: Session) -> None:
        """Train round by round, short rounds at once; see :meth:`Algorithm.train`."""
        from fastavg.training.rounds_ahead import RoundsAhead
        from fastavg.training.run_ahead import runs_ahead

        ahead = RoundsAhead(session) if runs_ahead(session) else None
        for round in session.to_come():
            if ahead is None or not ahead.train():
                self.rounds(session, round)

    def rounds(self, session: Session, round: int, stop: int | None = None) -> None:
        """Train the next round, or a block of rounds.

        Parameters
        ----------
        session : Session
            An open run.
        round : int
            Which round, from 0.
        stop : int, optional
            The round that a block must end before.
        """
        from fastavg.training.block_length import lone_rounds_fit

        blocks = None if differs(session, round) else session.blocks
        alone = lone_rounds_fit(session.run)
        if blocks is None or not blocks.train("rounds", alone, stop):
            self.round(session, round)

    def round(self, session: Session, round: int) -> None:
        """Train, average, commit.

        Parameters
        ----------
        session : Session
            An open run.
        round : int
            Which round, from 0.
        """
        from fastavg.training.blocks import RoundTotals

        reports, averaged = self._averaged(session, round)
        while averaged.gain is not None and averaged.gain.bad:
            if not _redone(session, round, averaged.gain):
                break
            reports, averaged = self._averaged(session, round)
        resident = session.buffers.resident
        session.commit_block([RoundTotals(
            loss=sum(report.loss for report in reports),
            rows=sum(report.weight for report in reports),
            evaluations=int(sum(report.evaluations for report in reports)),
            drift=averaged.drift, gain=averaged.gain and averaged.gain.value,
            squared_weights=resident.squares() if resident else None,
        )])

    def _averaged(self, session: Session, round: int) -> tuple[list[Report], Averaged]:
        active = active_workers(session, round)
        reports = session.train("train", round, active)
        reports = with_idle(session, round, reports, active)
        reports = without_diverged(session, round, reports)
        if session.buffers.resident:
            # The mean of one is what it was.
            return reports, Averaged()
        return reports, average(session, round, best_alone(session, round, reports))


def _redone(session: Session, round: int, gain: Gain) -> bool:
    """Report a bad average; shorten the rounds to come if it is to be made again."""
    table = session.timetable
    steps = int(np.diff(table.bounds(round, round + 1))[0])
    again = False
    if isinstance(table, SteeredRounds) and session.run.plan.gain.redoes:
        again = table.shorten(round, 0.5)
    session.tell(BadAverage(round, gain.average, gain.workers, steps, again))
    return again


class Averaged(NamedTuple):
    """What is known of an average.

    Parameters
    ----------
    drift : float or None
        How far the workers were from their mean; None if nobody asks.
    gain : Gain or None
        Its loss against theirs; None if nobody asks.
    """

    drift: float | None = None
    gain: Gain | None = None


def average(
    session: Session, round: int, reports: Sequence[Report], number: int | None = None
) -> Averaged:
    """Make the next center from this round's slots; each worker counts by its rows.

    Parameters
    ----------
    session : Session
        Its buffers' next center and next rule state are written.
    round : int
        Which round, from 0.
    reports : sequence of Report
        Of all workers of all ranks, in worker order.
    number : int, optional
        Which step of the rule, from 0; ``round`` if not given.

    Returns
    -------
    Averaged
        Its drift and gain, if somebody asks.

    Raises
    ------
    Diverged
        If the rule leaves a center that is not finite.
    """
    plan, buffers = session.run.plan, session.buffers
    center, following = buffers.center(round), buffers.center(round + 1)
    rule_state = session.rule_states[(round + 1) % 2]
    rule_state[:] = session.rule_states[round % 2]
    for worker, report in enumerate(reports):
        if report.weight:
            failpoint("averaging", round, worker)
    total = sum(report.weight for report in reports)
    if total == 0:
        # A round shorter than a step: no weights changed.
        following[:] = center
        return Averaged()
    from fastavg.kernels.network.packing import all_finite

    shares = [report.weight / total for report in reports]
    if plan.reduction in ROUNDED and plan.workers > 1:
        _combine_rounded(session, round, np.array(shares))
    else:
        combine(
            buffers.slots(round, 0), shares, following[0], session.communicator, plan.reduction
        )
    drift, gain = None, None
    if session.drift is not None:
        own = shares[session.workers.start : session.workers.stop]
        with session.watch.beside():
            drift = session.drift.of_round(buffers.slots(round, 0), own, following[0])
    if session.gain is not None:
        with session.watch.beside():
            gain = session.gain.of_round(buffers.slots(round, 0), shares, following[0])
    with np.errstate(over="ignore", invalid="ignore"):
        plan.averaging.step(
            center[0], following[0], rule_state, round if number is None else number
        )
    if len(rule_state) and not all_finite(following[0]):
        raise Diverged(round, None)
    failpoint("averaged", round)
    if plan.solver_state == "average":
        for vector in range(1, len(following)):
            combine(
                buffers.slots(round, vector), shares, following[vector], session.communicator,
                plan.reduction,
            )
    return Averaged(drift, gain)


def _combine_rounded(
    session: Session, round: int, shares: NDArray[np.float64]
) -> None:
    from fastavg.averaging.error_feedback import combine_signs
    from fastavg.averaging.few_bits import Draws, combine_in_bytes

    plan, buffers, ranks = session.run.plan, session.buffers, session.communicator
    center, following = buffers.center(round)[0], buffers.center(round + 1)[0]
    draws = Draws(plan.seed, round)
    if plan.feeds_back:
        changes = [_change(buffers, round, index) for index in range(len(session.workers))]
        combine_signs(changes, shares, center, following, ranks, draws)
    else:
        combine_in_bytes(buffers.slots(round, 0), shares, center, following, ranks, draws)


def _change(buffers: CenterBuffers, round: int, index: int) -> Change:
    from fastavg.averaging.error_feedback import Change

    # What was missed is the last of a worker's own vectors; at first it is nothing.
    before, slot = buffers.slot(round - 1, index)[-1], buffers.slot(round, index)
    return Change(slot[0], before if round else np.zeros_like(before), slot[-1])
