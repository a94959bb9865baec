"""Where the rounds of a run lie: planned from the start, or chosen on the way."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sampling import Sampler
from fastavg.plan.plan import Plan


class Timetable(Protocol):
    """Which steps a round has.

    Attributes
    ----------
    n_rounds : int
        Rounds in all, as far as is known.
    period : int
        Steps of the rounds to come; 0 where the plan says them.
    """

    @property
    def n_rounds(self) -> int:
        """Rounds in all, as far as is known."""
        ...

    @property
    def period(self) -> int:
        """Steps of the rounds to come; 0 where the plan says them."""
        ...

    def bounds(self, first: int, stop: int) -> NDArray[np.int64]:
        """The steps at which rounds begin, counted from the start of the run.

        Parameters
        ----------
        first, stop : int
            The first round, and the one after the last.

        Returns
        -------
        array (stop - first + 1,) of int64
            The last one is where round ``stop`` begins.
        """
        ...

    def epochs_after(self, rounds: int) -> float:
        """Local epochs after so many rounds.

        Parameters
        ----------
        rounds : int
            Complete rounds.
        """
        ...

    def block_stop(self, round: int) -> int:
        """The round that a block from ``round`` on has to end before; at least ``round + 1``.

        Parameters
        ----------
        round : int
            The block's first round.
        """
        ...


class PlannedRounds:
    """The rounds of a plan with a fixed period.

    Parameters
    ----------
    plan : Plan
        How to train.
    sampler : Sampler
        Of its rows.
    """

    period = 0

    def __init__(self, plan: Plan, sampler: Sampler) -> None:
        self._plan, self._sampler = plan, sampler
        self.n_rounds = plan.rounds_of(sampler)

    def bounds(self, first: int, stop: int) -> NDArray[np.int64]:
        """As the plan has them; see :meth:`Timetable.bounds`."""
        return self._plan.bounds(self._sampler, first, stop)

    def epochs_after(self, rounds: int) -> float:
        """As the plan has them; see :meth:`Timetable.epochs_after`."""
        return self._plan.epochs_after(rounds, self._sampler)

    def block_stop(self, round: int) -> int:
        """The end of the run; see :meth:`Timetable.block_stop`."""
        return max(self.n_rounds, round + 1)
