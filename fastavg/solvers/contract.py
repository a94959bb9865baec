"""What a solver is given, what it gives back, and what makes a solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sampling import Batches
from fastavg.networks.workspace import Workspace
from fastavg.options import Family
from fastavg.solvers.deformed_rows import DeformedRows
from fastavg.solvers.regularization import Regularization

if TYPE_CHECKING:
    from fastavg.solvers.streamed_rows import StreamedRows


@dataclass(frozen=True)
class Job:
    """A worker's local training in one round.

    Parameters
    ----------
    workspace : Workspace
        Weights and solver state at the start; holds the result afterwards.
    X : array (n_rows, n_features)
        All training rows, in the plan's dtype.
    Y : array (n_rows, n_targets)
        Their targets, in the same dtype.
    weights : array (n_rows,)
        How much each row counts; empty if all count the same.
    batches : Batches
        Which rows each step takes.
    first_step : int
        The round's first step, counted from the start of the run.
    total_steps : int
        Steps of the whole run.
    steps_before : int
        Steps since the solver's state was zero: ``first_step``, or 0 where state is reset.
    epochs : int
        Local epochs of the round, rounded, 1 or more.
    rows_per_step : int
        Rows of a full step.
    l2 : float
        L2 penalty.
    rate_factor : float
        Factor on the learning rate, of the controllers.
    steps_per_epoch : float
        Steps in a local epoch.
    regular : Regularization, optional
        Dropout, L1 penalty and bounds; None if there are none.
    drop_key : int
        Key of the dropout's random numbers: stands for seed and worker.
    deformed : DeformedRows, optional
        Deforms the rows of each step; None if they are trained on as they are.
    streamed : StreamedRows, optional
        Brings the rows of each step from their files; None if X, Y and weights hold them.
    shared : array (size,), optional
        Weights that other workers change too: steps are taken on them, and the workspace's are a
        copy; None if the workspace's are the worker's own.
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
    deformed: DeformedRows | None = None
    streamed: StreamedRows | None = None
    shared: NDArray[np.floating] | None = None


class Outcome(NamedTuple):
    """Summed loss, summed row weight, and how often the loss was evaluated.

    Parameters
    ----------
    loss : float
        Summed loss of all rows of all steps, without penalties.
    weight : float
        Their summed weight.
    evaluations : int
        Steps, or evaluations of an objective.
    """

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
        """Move ``job.workspace.theta``; read nothing but the job.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers.
        """
        ...


SOLVERS: Family[Solver] = Family("solver", "fastavg.solvers")
