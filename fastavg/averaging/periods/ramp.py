"""A period that grows, or falls, along a line at the beginning."""

from __future__ import annotations

from dataclasses import dataclass

from fastavg.averaging.periods.contract import PERIODS, Progress, Stretch
from fastavg.averaging.periods.fixed import FixedPeriod
from fastavg.options import POSITIVE, check_options, option, whole


@PERIODS.member("ramp")
@dataclass(frozen=True)
class RampedPeriod(FixedPeriod):
    """The period goes from ``start`` steps to ``average_every`` in the first epochs.

    Early weights change fast, and the mean of weights that are far apart is a bad one: averages
    at nearly every step at first, and rare ones later, avoid that.

    Parameters
    ----------
    start : int
        First period, in steps.
    over : float
        Local epochs in which the period grows linearly to ``average_every``.

    Examples
    --------
    >>> ramp, half = RampedPeriod(start=1, over=2), Progress(10, 10, first=9, period=1)
    >>> ramp.next(Progress(0, 10, first=9)).period, ramp.next(half).period
    (1, 5)
    """

    start: int = option(1, check=whole(1), unit="steps")
    over: float = option(2.0, check=POSITIVE, unit="local epochs")

    def __post_init__(self) -> None:
        check_options(self)

    def next(self, progress: Progress) -> Stretch:
        """The period of this place on the line; see :meth:`PeriodController.next`."""
        over = max(1, round(self.over * progress.steps_per_epoch))
        if progress.step >= over:
            return super().next(progress)
        start, end = int(self.start), progress.first
        period = max(1, start + (end - start) * progress.step // over)
        # The line moves on by a step, or the ramp is over.
        per_step = max(1, over // max(1, abs(end - start)))
        left = min(per_step, over - progress.step)
        return Stretch(period, max(1, left // period))
