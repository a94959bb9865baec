"""What observers are told of committed rounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.training.blocks import RoundTotals
from fastavg.training.observers.events import RoundFinished
from fastavg.training.stopwatch import Stopwatch
from fastavg.training.timetable import Timetable


class Committing(Protocol):
    """What the events are made from: a session before its next rounds are counted.

    Attributes
    ----------
    rounds : int
        Complete rounds.
    timetable : Timetable
        Which steps a round has.
    watch : Stopwatch
        Where the seconds went since the last commit.
    """

    rounds: int
    timetable: Timetable
    watch: Stopwatch

    def published(self, round: int) -> NDArray[np.floating]:
        """What is saved after that many rounds.

        Parameters
        ----------
        round : int
            Complete rounds.
        """
        ...


def round_events(
    session: Committing, totals: Sequence[RoundTotals], last: bool, at_end: bool
) -> list[RoundFinished]:
    """The event of each of the next rounds, in order.

    The seconds since the last commit are shared out evenly.

    Parameters
    ----------
    session : Committing
        Before they are counted.
    totals : sequence of RoundTotals
        Of each round.
    last : bool
        True if no round will follow them, as far as is known.
    at_end : bool
        True if losses are those of the next center itself.
    """
    first, n, watch, timetable = session.rounds, len(totals), session.watch, session.timetable
    stop, averaging = first + n, watch.averaging / n
    bounds = timetable.bounds(first, stop).tolist()
    epochs = [timetable.epochs_after(first + index) for index in range(n + 1)]
    return [
        RoundFinished(
            round=first + index,
            n_rounds=timetable.n_rounds,
            epoch=epochs[index + 1],
            loss=each.loss / max(each.rows, 1e-300),
            rows=each.rows,
            evaluations=each.evaluations,
            training_seconds=watch.training / n,
            kernel_seconds=watch.kernels / n,
            averaging_seconds=averaging,
            waiting_seconds=watch.waiting / n,
            weights=lambda: session.published(stop),
            slowest_seconds=watch.slowest / n,
            last=last and index + 1 == n, at_end=at_end, squared_weights=each.squared_weights,
            worker_seconds=[watch.workers[worker] / n for worker in sorted(watch.workers)],
            period=epochs[index + 1] - epochs[index], drift=each.drift,
            gain=each.gain, steps=bounds[index + 1] - bounds[index],
        )
        for index, each in enumerate(totals)
    ]
