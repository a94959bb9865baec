"""Where the seconds of a round go."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.records import AVERAGING, TRAINING, TRAINING_SECONDS
from fastavg.training.programs import Report


@dataclass
class Stopwatch:
    """Where the seconds of the current round have gone so far, on this rank.

    Parameters
    ----------
    training, kernels : float
        In orders and in compiled code, divided by the processes.
    waiting : float
        For the slowest process and the slowest rank.
    slowest : float
        Sum of the longest order of every :meth:`Session.run`.

    Attributes
    ----------
    workers : dict of int to float
        What the orders of each worker have taken.
    """

    training: float = 0.0
    kernels: float = 0.0
    waiting: float = 0.0
    slowest: float = 0.0

    def __post_init__(self) -> None:
        self._began = time.perf_counter()
        self._beside = 0.0
        self.workers: dict[int, float] = {}

    def add(self, seconds: float, reports: Sequence[Report], processes: int) -> None:
        """Count one :meth:`Session.run` that took ``seconds``.

        Parameters
        ----------
        seconds : float
            From orders out to reports in, by the clock.
        reports : sequence of Report
            Of this rank's workers.
        processes : int
            Processes that shared the work.
        """
        training = sum(report.seconds for report in reports) / processes
        self.training += training
        self.kernels += sum(report.kernel_seconds for report in reports) / processes
        self.waiting += max(0.0, seconds - training)
        self.slowest += max((report.seconds for report in reports), default=0.0)
        for report in reports:
            self.workers[report.worker] = self.workers.get(report.worker, 0.0) + report.seconds

    def add_block(
        self, seconds: float, spent: NDArray[np.float64], figures: NDArray[np.float64]
    ) -> None:
        """Count a block of rounds that took ``seconds``.

        Parameters
        ----------
        seconds : float
            From orders out to reports in, by the clock.
        spent : array (processes, 3) of float64
            Seconds of each process: training, averaging, waiting.
        figures : array (rounds, workers, 3) of float64
            With the seconds of each worker's round.
        """
        training, averaging = spent.mean(axis=0)[[TRAINING, AVERAGING]].tolist()
        self.training += training
        self.kernels += training
        self.waiting += max(0.0, seconds - training - averaging)
        taken = figures[:, :, TRAINING_SECONDS]
        self.slowest += float(taken.max(axis=1, initial=0.0).sum())
        for index, each in enumerate(taken.sum(axis=0).tolist()):
            # All workers are this host's.
            self.workers[index] = self.workers.get(index, 0.0) + each

    @contextlib.contextmanager
    def beside(self) -> Iterator[None]:
        """What is done meanwhile is no part of the round: figures for observers."""
        began = time.perf_counter()
        yield
        self._beside += time.perf_counter() - began

    @property
    def averaging(self) -> float:
        """Seconds since the round began that were spent on nothing else."""
        spent = time.perf_counter() - self._began
        return max(0.0, spent - self.training - self.waiting - self._beside)
