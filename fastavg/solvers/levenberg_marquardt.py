"""Diagonal second-order rates (LeCun, Bottou, Orr and Mueller 1998, 9.1; Becker and LeCun 1989).

A weight's rate is ``learning_rate / (h + damping)``, where h is a running estimate of the loss's
second derivative along that weight: the diagonal of the Gauss-Newton matrix.  A second backward
pass measures it: with D the second derivatives of the loss along a layer's pre-activations,

.. code-block:: text

    h of the weights  <- mean over rows of inputs^2 outer D
    D of the layer below  <-  derivative of its activation^2 * (D times the squared weights)

It needs a few rows now and then, since curvature changes slowly.  Where the loss is steep along
a weight its steps are short, and along flat directions they are long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from fastavg.data.sampling import Batches
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.options import PART, POSITIVE, RATE, check_options, option, whole
from fastavg.solvers.contract import SOLVERS, Job, Outcome
from fastavg.solvers.divided_steps import DividedSteps, refuse_reactive
from fastavg.solvers.layer_views import Layer, Matrix, check_dense, forward_pass, layers_of
from fastavg.solvers.minibatch import rate
from fastavg.solvers.schedules import SCHEDULE, Schedule


@SOLVERS.member("levenberg-marquardt")
@dataclass(frozen=True)
class LevenbergMarquardt:
    """Stochastic diagonal Levenberg-Marquardt: SGD with a second-order rate for each weight.

    ``v <- momentum v - rate g / (h + damping)``; ``w <- w + v``; every ``refresh`` steps
    ``h <- (1 - share) h + share h_measured``.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps; 1 with a ``damping`` of 0 is Newton's step along each
        weight.
    schedule : Schedule or str
        How the learning rate changes over the run; ``plateau`` and ``adaptive`` are refused.
    momentum : float
        Fraction of the last step that is added to the next one.
    damping : float
        Added to every second derivative, which limits the rates.
    share : float
        Weight of a new measurement in the running mean of second derivatives.
    curvature_rows : int
        Rows that second derivatives are measured on.
    refresh : int
        Steps between two measurements of the second derivatives.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> LevenbergMarquardt(damping=0.1).n_vectors
    2
    """

    learning_rate: float = rate(0.01)
    schedule: Schedule = option(
        factory=Schedule, family=SCHEDULE, flag="--schedule", sklearn="learning_rate",
        help="Learning-rate schedule",
    )
    momentum: float = option(0.9, check=RATE)
    damping: float = option(0.1, check=POSITIVE)
    share: float = option(0.1, check=PART)
    curvature_rows: int = option(256, check=whole(1), unit="rows")
    refresh: int = option(50, check=whole(1), unit="steps")

    def __post_init__(self) -> None:
        check_options(self)
        refuse_reactive(self.schedule, "levenberg-marquardt")

    @property
    def n_vectors(self) -> int:
        """The velocity and the second derivatives."""
        return 2

    def code(self, dtype: DTypeLike) -> int:
        """The address of the loop of its steps.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        return DividedSteps().code(dtype)

    def train(self, job: Job) -> Outcome:
        """Steps on the job's batches, with second derivatives measured in between.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers.

        Raises
        ------
        ConfigError
            If rows are sparse, an activation is a user's own, or the loss has no second
            derivatives.
        """
        check_dense(job, "levenberg-marquardt")
        steps = DividedSteps(self.learning_rate, self.schedule, self.momentum, self.damping)
        loss = weight = 0.0
        for at in range(0, len(job.batches.steps), self.refresh):
            taken = job.batches.steps[at : at + self.refresh]
            self._measure(job, int(taken[0, 0]), first=job.steps_before + at == 0)
            one = steps.train(replace(
                job, batches=Batches(job.batches.order, taken), first_step=job.first_step + at,
                steps_before=job.steps_before + at,
            ))
            loss, weight = loss + one.loss, weight + one.weight
        return Outcome(loss, weight, len(job.batches.steps))

    def _measure(self, job: Job, begin: int, first: bool) -> None:
        # Move the running estimate, in the second vector of state.
        space, order = job.workspace, job.batches.order
        count = min(self.curvature_rows, len(order))
        at = min(begin, len(order) - count)
        if not count:
            return
        rows = job.X[order[at : at + count]].astype(np.float64)
        share = 1.0 if first else self.share
        found = diagonal_curvature(job, layers_of(space, space.theta), rows)
        for kept, new in zip(layers_of(space, space.state[1]), found, strict=True):
            for old, fresh in zip(kept, new, strict=True):
                old *= old.dtype.type(1 - share)
                old += (share * fresh).astype(old.dtype)


def diagonal_curvature(job: Job, layers: list[Layer], rows: Matrix) -> list[Layer]:
    """The diagonal of the Gauss-Newton matrix of the mean loss, layer by layer.

    Products of different units' second derivatives are left out on the way back, as in LeCun's
    second backward pass.

    Parameters
    ----------
    job : Job
        Whose network and loss it is.
    layers : list of Layer
        The weights.
    rows : array (n_rows, n_features) of float64
        What goes in.

    Returns
    -------
    list of Layer
        One number of float64 for each weight and bias, never negative.
    """
    network = job.workspace.network
    inputs, sums = forward_pass(job, layers, rows)
    second = job.workspace.criterion.curvature(sums[-1], network.output)
    found: list[Layer] = []
    for number in range(len(layers) - 1, -1, -1):
        found.append(Layer((inputs[number] ** 2).T @ second / len(rows), second.mean(axis=0)))
        if number:
            activation = ACTIVATIONS[str(network.activations[number - 1])]
            slope = np.asarray(activation.derivative(sums[number - 1]), np.float64)
            second = slope**2 * (second @ (layers[number].matrix.T.astype(np.float64) ** 2))
    return found[::-1]
