"""The communicator of a run on one host: every collective is already done."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from fastavg.communicators.contract import Operation


class LocalCommunicator:
    """The communicator of a run on one host: a single rank.

    Examples
    --------
    >>> import numpy as np
    >>> communicator = LocalCommunicator()
    >>> buffer = np.ones(3)
    >>> communicator.allreduce(buffer)
    >>> buffer
    array([1., 1., 1.])
    """

    rank = 0
    size = 1

    def broadcast(self, buffer: NDArray[Any], root: int = 0) -> None:
        """No-op; see :meth:`Communicator.broadcast`."""

    def allreduce(self, buffer: NDArray[Any], operation: Operation = "sum") -> None:
        """No-op; see :meth:`Communicator.allreduce`."""

    def close(self) -> None:
        """No-op."""
