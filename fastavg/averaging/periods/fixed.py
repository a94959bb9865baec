"""The fixed period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fastavg.averaging.periods.contract import PERIODS, Progress, Stretch


@PERIODS.member("fixed")
@dataclass(frozen=True)
class FixedPeriod:
    """The period is ``average_every`` all along.

    Examples
    --------
    >>> FixedPeriod().next(Progress(step=0, steps_per_epoch=10, first=5))
    Stretch(period=5, rounds=2)
    """

    reproducible: ClassVar[bool] = True
    wants_drift: ClassVar[bool] = False

    def next(self, progress: Progress) -> Stretch:
        """The plan's period, for about an epoch; see :meth:`PeriodController.next`."""
        return Stretch(progress.first, -(-progress.steps_per_epoch // progress.first))
