"""The event of an average that is worse than the workers it is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BadAverage:
    """The loss of an average lies above the mean of its workers' losses.

    Parameters
    ----------
    round : int
        Which round, from 0.
    loss, workers_loss : float
        Mean loss of the average, and the mean of the workers', on the rows of ``plan.gain``.
    steps : int
        Of every worker in the round.
    redone : bool
        True if the round is trained again with half of them.
    """

    round: int
    loss: float
    workers_loss: float
    steps: int
    redone: bool = False
