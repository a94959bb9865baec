"""What every library under test has to offer: the same epoch, by its own best means."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.workloads import Workload


class Peer(Protocol):
    """A library, ready to train one work.  Its first epoch may compile."""

    def __init__(self, work: Workload, option: str, threads: int) -> None: ...

    def epoch(self) -> float:
        """Shuffle, train one epoch, return its mean loss."""
        ...

    def accuracy(self, X: NDArray[np.float32], y: NDArray[np.generic]) -> float:
        """On other rows, with the weights as they are now."""
        ...

    def close(self) -> None: ...
