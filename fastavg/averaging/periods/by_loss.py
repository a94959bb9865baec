"""A period that falls with the training loss: AdaComm."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastavg.averaging.periods.contract import PERIODS, Progress, Reviewed
from fastavg.options import PART, option


@PERIODS.member("by-loss")
@dataclass(frozen=True)
class LossPeriod(Reviewed):
    """AdaComm (Wang and Joshi 2019): rare averages at first, frequent ones at last.

    With the mean training loss ``F`` since the last look and ``F_0`` of the first one, the
    period is ``ceil(sqrt(F / F_0) average_every)``, and never longer than the one before.

    Parameters
    ----------
    review : float
        Local epochs after which the period is chosen again; also the longest period.
    shrink : float
        Factor on the period if the loss alone would not make it shorter; 1 keeps it. The paper has
        0.5, which soon leads to an average at every step.

    Notes
    -----
    Wang and Joshi, "Adaptive communication strategies to achieve the best error-runtime
    trade-off in local-update SGD", 2019.  The losses are those of the rows that were trained
    on, so they are known to all ranks alike and cost nothing: the same bits for any number of
    processes and ranks.

    Examples
    --------
    >>> after = Progress(30, 10, first=8, period=8, loss=0.25, first_loss=1.0)
    >>> LossPeriod().next(after)
    Stretch(period=4, rounds=3)
    """

    shrink: float = option(1.0, check=PART)

    def choose(self, progress: Progress) -> float:
        """``ceil(sqrt(F / F_0) tau_0)``; see :meth:`Reviewed.choose`."""
        loss, first = progress.loss, progress.first_loss
        if not (loss >= 0 and first > 0 and math.isfinite(loss / first)):
            # Losses below zero, such as a density's logarithm, have no such ratio.
            return progress.period
        wanted = math.ceil(math.sqrt(loss / first) * progress.first - 1e-9)
        if wanted < progress.period:
            return wanted
        return math.ceil(self.shrink * progress.period - 1e-9)
