"""What a solver is given, what it gives back, and what makes a solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sampling import Batches
from fastavg.networks.workspace import Workspace
from fastavg.options import Family
from fastavg.solvers.regularization import Regularization


@dataclass(frozen=True)
class Job:
    """A worker's local training in one round.

    ``workspace.theta`` and ``workspace.state`` hold the start and receive the result.
    Steps are counted from the start of the run; ``steps_before`` from where the
    solver's state began, which is the round's start if state is reset.  ``drop_key`` stands
    for seed and worker.
    """

    workspace: Workspace
    X: NDArray[np.floating]
    Y: NDArray[np.floating]
    weights: NDArray[np.floating]
    batches: Batches
    first_step: int
    total_steps: int
    steps_before: int
    epochs: int
    rows_per_step: int
    l2: float
    rate_factor: float = 1.0
    steps_per_epoch: float = 1.0
    regular: Regularization | None = None
    drop_key: int = 0


class Outcome(NamedTuple):
    """Summed loss, summed row weight, and how often the loss was evaluated."""

    loss: float
    weight: float
    evaluations: int


class Solver(Protocol):
    """What a worker does inside a round; a frozen dataclass, so that it pickles.

    One that takes its whole sample at once says so with ``whole_sample = True``.
    """

    @property
    def n_vectors(self) -> int:
        """Vectors of state beside the weights, each as long as they are."""
        ...

    def train(self, job: Job) -> Outcome:
        """Move ``job.workspace.theta``; read nothing but the job."""
        ...


SOLVERS: Family[Solver] = Family("solver", "fastavg.solvers")
