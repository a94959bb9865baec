"""What of a run is safe on the disk, in words."""

from __future__ import annotations

from fastavg.training.events import CheckpointWritten, Event


class SafeRounds:
    """An observer that knows the latest checkpoint."""

    def __init__(self) -> None:
        self._latest: CheckpointWritten | None = None

    def notice(self, event: Event) -> None:
        """Remember it."""
        if isinstance(event, CheckpointWritten):
            self._latest = event

    @property
    def words(self) -> str:
        """The end of a sentence; empty if nothing is safe."""
        if self._latest is None:
            return ""
        return (
            f"; {self._latest.path} holds {self._latest.rounds} complete rounds, "
            "--resume auto goes on from there"
        )
