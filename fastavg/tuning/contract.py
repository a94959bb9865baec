"""What a search asks of those who train: the options to try, and the score of some of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fastavg.plan.profiles import Config
from fastavg.tuning.space import Tried

# Told of the score after so many epochs; True ends the trial.
Tell = Callable[[int, float], bool]


class Trainer(Protocol):
    """Trains with options, on rows that it has read once, and scores on held-out ones.

    Attributes
    ----------
    figure : str
        What the score is, such as ``accuracy``; higher is better.
    given : dict
        The options that stay the same, in the form of a configuration file.
    epochs : int
        Of a trial, at most.
    """

    figure: str
    given: Config
    epochs: int

    def space(self) -> tuple[Tried, ...]:
        """The options that are worth trying, without those that were given."""
        ...

    def score(self, config: Config, tell: Tell) -> float:
        """Train, and return the best score of the held-out rows; the test rows stay unseen.

        Parameters
        ----------
        config : dict
            All options, in the form of a configuration file.
        tell : callable
            Called after every epoch.

        Raises
        ------
        Diverged
            If a weight is not finite any more.
        """
        ...

    def effective(self, config: Config) -> Config:
        """The options with nothing left open, as ``fastavg train --config`` takes them.

        Parameters
        ----------
        config : dict
            As for :meth:`score`.
        """
        ...
