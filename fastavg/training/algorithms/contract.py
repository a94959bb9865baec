"""An algorithm: how the work of many workers becomes the next common weights."""

from __future__ import annotations

from typing import ClassVar, Protocol

from fastavg.plan.plan import Plan
from fastavg.training.session import Session


class Algorithm(Protocol):
    """Trains by rounds on an open session; ``session.commit`` makes a round real.

    Attributes
    ----------
    reproducible : bool
        False if the result depends on timing; it is said, and stored with the model.
    """

    reproducible: ClassVar[bool]

    def check(self, plan: Plan) -> None:
        """Refuse a plan that this algorithm cannot follow.

        Parameters
        ----------
        plan : Plan
            What a run is to follow.

        Raises
        ------
        ConfigError
        """
        ...

    def train(self, session: Session) -> None:
        """Train until ``session.rounds()`` ends.

        Parameters
        ----------
        session : Session
            An open run.
        """
        ...
