"""The experiment's protocol: columns, splits, and the plan of each run."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sampling_schemes import sampling
from fastavg.errors import ConfigError
from fastavg.experiments.paper import EPOCHS
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import Preset, paper
from fastavg.plan.resolve import algorithm_for
from fastavg.randomness import generator
from fastavg.solvers import Adam, Regularization

TRAINING_PART = 0.7
# The symmetric start's mini-batch.
BATCH = 32
# Of the training rows: what a worker draws.
FRACTION = 0.9


@dataclass(frozen=True, order=True)
class Column:
    """One way to train: a column of the tables.

    Parameters
    ----------
    kind : str
        ``model`` (weights are averaged), ``derivative`` (derivatives are) or ``symmetric`` (a
        scaled start around zero, Adam on mini-batches).
    workers : int
        Replicas that train on samples of their own.
    """

    kind: str
    workers: int

    @property
    def key(self) -> str:
        """Its name in the results."""
        return f"{self.kind}-{self.workers}"

    @property
    def title(self) -> str:
        """Its name for a person."""
        if self.kind == "derivative":
            return f"Derivatives ({self.workers})"
        if self.kind == "symmetric":
            return "Symmetric start"
        return "Sequential" if self.workers == 1 else f"Parallel ({self.workers})"


@dataclass(frozen=True)
class Protocol:
    """What is run.

    Parameters
    ----------
    splits : int
        Random splits, numbered from 0; the number seeds split, start and samples.
    workers : tuple of int
        Worker counts beside the sequential run.
    epochs : tuple of int
        Where accuracy and seconds are reported; multiples of 5, rising.
    hidden : tuple of int
        Units of the hidden layers.
    dtype : str
        ``float64`` or ``float32``.
    sampling : str
        ``stratified`` or ``resample``; see :mod:`fastavg.data.sampling_schemes`.

    Raises
    ------
    ConfigError
        If a value is impossible.
    """

    splits: int = 10
    workers: tuple[int, ...] = (2, 4, 8)
    epochs: tuple[int, ...] = EPOCHS
    hidden: tuple[int, ...] = (25,)
    dtype: str = "float64"
    sampling: str = "stratified"

    def __post_init__(self) -> None:
        if self.splits < 1:
            raise ConfigError(f"splits is {self.splits}; it must be at least 1")
        if not self.workers or min(self.workers) < 2 or len(set(self.workers)) < len(self.workers):
            raise ConfigError(
                f"workers is {self.workers}; it must be different numbers of at least 2, "
                "the sequential run is always made"
            )
        every = int(paper().plan.average_every)
        if not self.epochs or list(self.epochs) != sorted(set(self.epochs)) or any(
            epoch < every or epoch % every for epoch in self.epochs
        ):
            raise ConfigError(
                f"epochs is {self.epochs}; it must be rising multiples of {every}, "
                "where the workers are averaged"
            )
        if self.sampling not in ("stratified", "resample"):
            raise ConfigError(
                f"sampling is {self.sampling!r}; every worker draws a sample of its own, "
                "stratified or resample"
            )
        paper(dtype=self.dtype)
        self.network(1, 10)

    @classmethod
    def quick(cls) -> Protocol:
        """A minute's version: two splits, two worker counts, 200 epochs."""
        return cls(splits=2, workers=(2, 4), epochs=(100, 200))

    @property
    def last(self) -> int:
        """Epochs of every run."""
        return self.epochs[-1]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The sequential run, every worker count, derivatives, the symmetric start."""
        counts = sorted(self.workers)
        shown = 4 if 4 in counts else counts[-1]
        return (
            Column("model", 1), *(Column("model", count) for count in counts),
            Column("derivative", shown), Column("symmetric", 1),
        )

    def network(self, inputs: int, outputs: int) -> Network:
        """The network of all columns.

        Parameters
        ----------
        inputs : int
            Features.
        outputs : int
            Classes.
        """
        preset: Preset = replace(paper(), hidden_layer_sizes=self.hidden)
        return preset.network(inputs, outputs)

    def plan(self, column: Column, split: int, n_rows: int) -> Plan:
        """The plan of one run on ``n_rows`` training rows.

        The symmetric start's penalty is scaled to its smaller batches, so that it weighs
        against a row's loss as much as in the other columns.

        Parameters
        ----------
        column : Column
            One way to train.
        split : int
            The split's number, from 0; seeds rows, start and samples.
        n_rows : int
            Training rows.
        """
        plan = paper(
            workers=column.workers, epochs=self.last, seed=split, dtype=self.dtype,
            sampling=sampling(self.sampling, fraction=FRACTION),
        ).plan
        if column.kind == "derivative":
            return replace(plan, algorithm=algorithm_for("gradient-averaging"))
        if column.kind == "model":
            return plan
        batch = min(BATCH, n_rows)
        return replace(
            plan, solver=Adam(1e-3), solver_state="average", batch_size=batch, init="glorot",
            regularization=Regularization(
                plan.regularization.l2 * batch / plan.sampler(n_rows).sample_rows
            ),
        )


def split_rows(n_rows: int, split: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows for training and for testing; the split's number decides.

    Parameters
    ----------
    n_rows : int
        Rows in all.
    split : int
        The split's number, from 0; seeds rows, start and samples.

    Examples
    --------
    >>> training, test = split_rows(5000, 3)
    >>> len(training), len(test), len(set(training) | set(test))
    (3500, 1500, 5000)
    """
    order = generator(split, "split").permutation(n_rows)
    size = round(TRAINING_PART * n_rows)
    return order[:size], order[size:]
