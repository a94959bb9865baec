"""Periods: who says how many steps lie between two averages, and when to ask again.

.. code-block:: text

    average_every --> next --> Stretch(period, rounds) --> so many rounds --> Progress
                       ^                                                        |
                       '--------------------------------------------------------'
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

from fastavg.options import POSITIVE, Family, check_options, option


class Stretch(NamedTuple):
    """Rounds of one period, after which it is chosen anew.

    Parameters
    ----------
    period : int
        Steps of every worker from one average to the next; at least 1.
    rounds : int
        How many; at least 1.
    """

    period: int
    rounds: int


class Progress(NamedTuple):
    """What is known of a run where its next period is chosen.

    Parameters
    ----------
    step : int
        Steps of every worker so far.
    steps_per_epoch : int
        Steps of a local epoch.
    first : int
        The steps that ``average_every`` comes to.
    period : int
        That of the stretch before; 0 at the start of the run, where nothing else is known.
    loss : float
        Mean training loss of the stretch before.
    first_loss : float
        That of the first stretch of the run.
    drift : float
        How far the workers were from their mean at its last average; NaN unless asked for.
    averaging_seconds : float
        Of an average, the mean of the stretch before.
    step_seconds : float
        Of a step of all workers, likewise.
    """

    step: int
    steps_per_epoch: int
    first: int
    period: int = 0
    loss: float = math.nan
    first_loss: float = math.nan
    drift: float = math.nan
    averaging_seconds: float = math.nan
    step_seconds: float = math.nan

    def stretch(self, period: float, review: float) -> Stretch:
        """So many rounds of a period as reach the next multiple of ``review``.

        Parameters
        ----------
        period : float
            In steps; at least one step and at most up to there.
        review : float
            In local epochs.
        """
        every = max(1, round(review * self.steps_per_epoch))
        left = every - self.step % every
        steps = max(1, min(int(period), left))
        return Stretch(steps, -(-left // steps))


class PeriodController(Protocol):
    """Chooses the period of the next rounds: a frozen dataclass of options.

    Attributes
    ----------
    reproducible : bool
        False if what it chooses depends on the clock.
    wants_drift : bool
        True if it is told the drift of the workers.
    """

    reproducible: ClassVar[bool]
    wants_drift: ClassVar[bool]

    def next(self, progress: Progress) -> Stretch:
        """The period of the rounds to come, and how many rounds it holds for.

        Parameters
        ----------
        progress : Progress
            What is known; the same on every rank.
        """
        ...


PERIODS: Family[PeriodController] = Family("period", "fastavg.averaging.periods")


@dataclass(frozen=True)
class Reviewed:
    """What most controllers have in common: they look after so many local epochs.

    Parameters
    ----------
    review : float
        Local epochs after which the period is chosen again; also the longest period.
    """

    reproducible: ClassVar[bool] = True
    wants_drift: ClassVar[bool] = False

    review: float = option(1.0, check=POSITIVE, unit="local epochs")

    def __post_init__(self) -> None:
        check_options(self)

    def next(self, progress: Progress) -> Stretch:
        """At first the period of the plan; see :meth:`PeriodController.next`."""
        period = self.choose(progress) if progress.period else progress.first
        return progress.stretch(period, self.review)

    def choose(self, progress: Progress) -> float:
        """The next period.

        Parameters
        ----------
        progress : Progress
            After at least one stretch.

        Returns
        -------
        float
            Steps; what is below 1 or above ``review`` is taken for these.
        """
        raise NotImplementedError
