"""Controllers: observers that steer the rounds to come."""

from __future__ import annotations

from dataclasses import dataclass

from fastavg.training.observers.events import Observer


@dataclass(frozen=True)
class Directive:
    """How the next round is to be trained.

    Parameters
    ----------
    rate_factor : float
        Factor on the learning rate.
    """

    rate_factor: float = 1.0


class Controller(Observer):
    """Listens like an observer, and is asked before every round.

    Whatever it decides has to follow from what all ranks are told alike: the round's
    loss and rows, and the published weights.
    """

    def before_round(self, directive: Directive) -> Directive:
        """The directive as this controller wants it; unchanged unless overridden.

        Parameters
        ----------
        directive : Directive
            How the round is to be trained so far.
        """
        return directive
