"""One run of the experiment: one column on one split, accuracy and seconds at every average."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.rows import Rows
from fastavg.experiments.digits import Digits
from fastavg.experiments.protocol import Column, Protocol, split_rows
from fastavg.experiments.saturation import live_units
from fastavg.machine.resources import usable_cpus
from fastavg.models.model import Model
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.training.observers.events import Observer, RoundFinished
from fastavg.training.run import Run
from fastavg.training.train import train_run


@dataclass
class Measured:
    """What is kept of a run; plain values, for JSON.

    Parameters
    ----------
    column : str
        Key of the column.
    split : int
        The split's number, from 0.
    workers, processes : int
        Of the run; processes change no weight.
    epochs : list of float
        Local epochs at each average; the other lists have one number for each of them too.
    accuracy : list of float
        On the test rows, 0 to 1.
    loss : list of float
        Mean training loss of the round.
    seconds : list of float
        Since the start of training, without the time spent on measuring accuracy.
    worker_seconds, slowest_seconds : list of float
        Of a worker in the round, on average, and of its slowest one.
    averaging_seconds : list of float
        Of averaging and, for derivatives, of all averages in the round.
    waiting_seconds : list of float
        The rest of the round.
    live_units : list of int
        Of the first hidden layer; :func:`fastavg.experiments.saturation.live_units` counts them.
    evaluations : int
        Steps or evaluations of all workers in the whole run.
    weights_sha256 : str
        Digest of the last weights.
    """

    column: str
    split: int
    workers: int
    processes: int
    epochs: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    worker_seconds: list[float] = field(default_factory=list)
    slowest_seconds: list[float] = field(default_factory=list)
    averaging_seconds: list[float] = field(default_factory=list)
    waiting_seconds: list[float] = field(default_factory=list)
    live_units: list[int] = field(default_factory=list)
    evaluations: int = 0
    weights_sha256: str = ""

    def at(self, name: str, epochs: float) -> float:
        """A list's number at an epoch.

        Parameters
        ----------
        name : str
            One of the lists.
        epochs : float
            Local epochs since the start; a multiple of the average's period.

        Raises
        ------
        ValueError
            If there was no average at that epoch.
        """
        return float(getattr(self, name)[self.epochs.index(epochs)])

    def until(self, name: str, epochs: float) -> float:
        """The sum of a list's numbers up to an epoch.

        Parameters
        ----------
        name : str
            One of the lists.
        epochs : float
            Local epochs since the start; a multiple of the average's period.
        """
        return float(sum(getattr(self, name)[: self.epochs.index(epochs) + 1]))


class _Meter(Observer):
    """Fills in the figures of a run; its own time does not count."""

    def __init__(
        self, run: Measured, network: Network, X: NDArray[Any], y: NDArray[Any]
    ) -> None:
        self._run, self._network, self._X, self._y = run, network, X, y
        self._began = time.perf_counter()

    def on_round(self, event: RoundFinished) -> None:
        """Take the round's figures, and the accuracy of its average."""
        arrived, run = time.perf_counter(), self._run
        run.epochs.append(round(event.epoch, 6))
        run.loss.append(round(event.loss, 6))
        run.seconds.append(round(arrived - self._began, 5))
        each = event.training_seconds * run.processes / run.workers
        run.worker_seconds.append(round(each, 6))
        run.slowest_seconds.append(round(event.slowest_seconds, 6))
        run.averaging_seconds.append(round(event.averaging_seconds, 6))
        run.waiting_seconds.append(round(event.waiting_seconds, 6))
        run.evaluations += event.evaluations
        weights = np.array(event.weights())
        model = Model(self._network, weights, np.arange(10))
        run.accuracy.append(round(model.score(self._X, self._y), 6))
        run.live_units.append(live_units(self._network, weights, self._X))
        self._began += time.perf_counter() - arrived


def measure(
    protocol: Protocol, column: Column, split: int, digits: Digits,
    processes: int | None = None, observers: tuple[Observer, ...] = (),
) -> Measured:
    """Train one column on one split.

    Parameters
    ----------
    protocol, column, split, digits
        Columns, splits and epochs of the experiment.
    processes : int, optional
        At most this many processes; the usable CPUs if not given.  Never more than
        workers.  Never changes the weights.
    observers : tuple of Observer
        Told of every round.
    """
    training, test = split_rows(len(digits.X), split)
    network = protocol.network(digits.X.shape[1], 10)
    plan = protocol.plan(column, split, len(training))
    dtype = plan.numpy_dtype
    rows = Rows(
        np.ascontiguousarray(digits.X[training], dtype),
        digits.y[training].astype(dtype).reshape(-1, 1), np.zeros(0, dtype),
    )
    start = network.initial_weights(split, plan.init, dtype)
    count = min(column.workers, processes or usable_cpus())
    measured = Measured(column.key, split, column.workers, count)
    meter = _Meter(measured, network, digits.X[test].astype(dtype), digits.y[test])
    run = Run(network, plan, rows, start)
    weights = train_run(run, Execution(count, observers=(meter, *observers)))
    measured.weights_sha256 = hashlib.sha256(weights.tobytes()).hexdigest()
    return measured
