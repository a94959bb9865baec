"""The history of a run: one record a round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastavg.training.observers.events import Event, RoundFinished


@dataclass(frozen=True)
class RoundRecord:
    """What a round did: its last epoch, loss and rows, and where the seconds went."""

    round: int
    epoch: float
    loss: float
    rows: float
    evaluations: int
    training_seconds: float
    kernel_seconds: float
    averaging_seconds: float
    waiting_seconds: float


@dataclass
class History:
    """An observer that remembers every round.

    Examples
    --------
    >>> History().losses
    []
    """

    records: list[RoundRecord] = field(default_factory=list)

    def notice(self, event: Event) -> None:
        """Keep a finished round's figures."""
        if isinstance(event, RoundFinished):
            self.records.append(RoundRecord(
                event.round, event.epoch, event.loss, event.rows, event.evaluations,
                event.training_seconds, event.kernel_seconds,
                event.averaging_seconds, event.waiting_seconds,
            ))

    def remember(self) -> dict[str, Any]:
        """The records so far, for a checkpoint."""
        return {"records": list(self.records)}

    def recall(self, memory: dict[str, Any]) -> None:
        """Go on from remembered records."""
        self.records[:] = [RoundRecord(**record) for record in memory["records"]]

    @property
    def losses(self) -> list[float]:
        """The mean training loss of every round."""
        return [record.loss for record in self.records]

    def total(self, name: str) -> float:
        """The sum of one figure over all rounds."""
        return float(sum(getattr(record, name) for record in self.records))
