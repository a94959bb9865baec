"""The history of a run: one record a round."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fastavg.averaging.periods.listed import written
from fastavg.training.observers.events import Observer, RoundFinished


@dataclass(frozen=True)
class RoundRecord:
    """What a round did, and where its seconds went.

    Parameters
    ----------
    round, epoch, loss, rows, evaluations
        As in :class:`~fastavg.training.observers.events.RoundFinished`.
    training_seconds, kernel_seconds, averaging_seconds, waiting_seconds : float
        As there.
    period : float
        Local epochs of the round.
    drift : float or None
        As there; None where it was not measured.
    steps : int
        Of every worker in the round.
    gain : float or None
        As there; None where it was not measured.
    """

    round: int
    epoch: float
    loss: float
    rows: float
    evaluations: int
    training_seconds: float
    kernel_seconds: float
    averaging_seconds: float
    waiting_seconds: float
    period: float = 0.0
    drift: float | None = None
    steps: int = 0
    gain: float | None = None

    @property
    def communication_share(self) -> float:
        """The part of the round that went to averaging, in the parent and between ranks."""
        whole = self.training_seconds + self.averaging_seconds + self.waiting_seconds
        return self.averaging_seconds / whole if whole > 0 else 0.0


@dataclass
class History(Observer):
    """An observer that remembers every round.

    Parameters
    ----------
    records : list of RoundRecord
        The rounds so far; empty at first.
    wants_drift : bool, default False
        True has the drift of the workers measured.

    Examples
    --------
    >>> from fastavg import Execution, Network, Plan, train
    >>> history = History(wants_drift=True)
    >>> model = train(
    ...     Network((1, 1), output="identity"), [[0.0], [1.0]], [0.0, 1.0],
    ...     Plan(workers=2, epochs=2), execution=Execution(observers=[history]),
    ... )
    >>> any(record.drift for record in history.records)
    True
    """

    weights_at: ClassVar[str] = "block"

    records: list[RoundRecord] = field(default_factory=list)
    wants_drift: bool = False

    def on_round(self, event: RoundFinished) -> None:
        """Keep the round's figures; see :meth:`Observer.on_round`."""
        self.records.append(RoundRecord(
            event.round, event.epoch, event.loss, event.rows, event.evaluations,
            event.training_seconds, event.kernel_seconds,
            event.averaging_seconds, event.waiting_seconds, event.period, event.drift,
            event.steps, event.gain,
        ))

    def undisturbed_rounds(self) -> float:
        """It needs no weights; see :meth:`Observer.undisturbed_rounds`."""
        return math.inf

    def state_dict(self) -> dict[str, Any]:
        """The records so far, for a checkpoint."""
        return {"records": list(self.records)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from earlier records; see :meth:`Stateful.load_state_dict`."""
        self.records[:] = [RoundRecord(**record) for record in state["records"]]

    @property
    def losses(self) -> list[float]:
        """The mean training loss of every round."""
        return [record.loss for record in self.records]

    @property
    def periods(self) -> str:
        """The steps of all rounds, for :class:`~fastavg.averaging.periods.ListedPeriods`."""
        return written(record.steps for record in self.records)

    def total(self, name: str) -> float:
        """The sum of one figure over all rounds.

        Parameters
        ----------
        name : str
            A field of :class:`RoundRecord`.
        """
        return float(sum(getattr(record, name) for record in self.records))
