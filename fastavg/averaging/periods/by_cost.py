"""A period that keeps averages below a part of the time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from fastavg.averaging.periods.contract import PERIODS, Progress, Reviewed
from fastavg.options import INSIDE, option


@PERIODS.member("by-cost")
@dataclass(frozen=True)
class CostPeriod(Reviewed):
    """The shortest period whose averages take no more than ``target`` of a round's time.

    With ``a`` seconds for an average and ``s`` for a step, both measured since the last look,
    the period is ``a (1 - target) / (target s)``, as H2O chooses it.

    Parameters
    ----------
    review : float
        Local epochs after which the period is chosen again; also the longest period.
    target : float
        Largest fraction of the time that averages may take, in the parent process and between
        ranks.

    Notes
    -----
    **A run cannot be repeated by its seed**: what is chosen depends on the clock of the first
    rank.  The steps of every round are in the history, and :class:`ListedPeriods` of
    ``History.periods`` trains the same rounds again, with the same bits.  A run that is resumed
    goes on from its last period.

    Examples
    --------
    >>> after = Progress(10, 10, 5, period=5, averaging_seconds=1.0, step_seconds=2.0)
    >>> CostPeriod(target=0.1).next(after)
    Stretch(period=5, rounds=2)
    """

    reproducible: ClassVar[bool] = False

    target: float = option(0.05, check=INSIDE)

    def choose(self, progress: Progress) -> float:
        """``a (1 - f) / (f s)``; see :meth:`Reviewed.choose`."""
        average, step = progress.averaging_seconds, progress.step_seconds
        if not (average >= 0 and step > 0):
            return progress.period
        steps = average * (1 - self.target) / (self.target * step)
        return min(math.ceil(steps), 2**62) if math.isfinite(steps) else 2**62
