"""What fastavg asks of whatever carries weights between ranks."""

from __future__ import annotations

from typing import Any, Literal, Protocol, runtime_checkable

from numpy.typing import NDArray

Operation = Literal["sum", "max"]


@runtime_checkable
class Communicator(Protocol):
    """Ranks that hold equal buffers and combine them.

    A communicator knows bytes, never networks.  Buffers are one-dimensional,
    contiguous, and have the same length and dtype on every rank; all ranks make the
    same calls in the same order.  The order in which ``allreduce`` adds is the
    communicator's own: fastavg only hands it numbers whose sum no order can change.
    """

    @property
    def rank(self) -> int:
        """This rank's place, 0 to ``size - 1``."""
        ...

    @property
    def size(self) -> int:
        """How many ranks there are."""
        ...

    def broadcast(self, buffer: NDArray[Any], root: int = 0) -> None:
        """Overwrite ``buffer`` with the root's, on every rank."""
        ...

    def allreduce(self, buffer: NDArray[Any], operation: Operation = "sum") -> None:
        """Overwrite ``buffer`` with the element-wise sum or maximum over all ranks."""
        ...

    def close(self) -> None:
        """Let go of the transport; calling it twice is harmless."""
        ...
