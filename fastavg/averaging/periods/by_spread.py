"""A period that keeps the workers as far apart as is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fastavg.averaging.periods.contract import PERIODS, Progress, Reviewed
from fastavg.options import POSITIVE, option


@PERIODS.member("by-spread")
@dataclass(frozen=True)
class SpreadPeriod(Reviewed):
    """The period grows while workers are closer together than wanted, and falls otherwise.

    The drift is that of the last average before a look: the root of the workers' mean squared
    distance from their mean, as a part of the mean's length.  The next period is the last one
    times ``target / drift``, changed by a factor of at most ``change``.

    Parameters
    ----------
    review : float
        Local epochs after which the period is chosen again; also the longest period.
    target : float
        The drift at which the period is kept.
    change : float
        Largest ratio between a period and the next, in either direction; above 0, and values below
        1 stand for 1.

    Notes
    -----
    Jiang and Agrawal 2020, "Adaptive periodic averaging", follow the variance of the workers
    likewise; Kamp et al. 2014 average where a bound on it is crossed.  The drift is summed in
    the order of the workers: the same bits for any number of processes and ranks.

    Examples
    --------
    >>> after = Progress(40, 40, first=8, period=8, drift=0.01)
    >>> SpreadPeriod(target=0.015).next(after)
    Stretch(period=12, rounds=4)
    """

    wants_drift: ClassVar[bool] = True

    target: float = option(0.02, check=POSITIVE)
    change: float = option(2.0, check=POSITIVE)

    def choose(self, progress: Progress) -> float:
        """``tau target / drift``, within its bounds; see :meth:`Reviewed.choose`."""
        most = max(1.0, self.change)
        drift = progress.drift
        factor = self.target / drift if drift > 0 else most if drift == 0 else 1.0
        return round(progress.period * min(max(factor, 1 / most), most))
