"""Natural-gradient steps with Kronecker factors (Martens and Grosse 2015).

The Fisher matrix of a layer is nearly the Kronecker product of two small matrices: ``A``, the
second moments of its inputs, and ``S``, those of the errors at its outputs.  A step goes along
``A^-1 G S^-1`` in place of the gradient ``G`` (inputs by outputs, a one among the inputs for
the biases), which is the same whatever scale and mixture inputs and errors come in.  Workers
that take such steps stay closer to each other, and their average loses less (Povey, Zhang and
Khudanpur 2014; Su and Chen 2015).

Both matrices are measured anew on the worker's own rows at the start of a round and every
``refresh`` steps: between rounds nothing has to be remembered, averaged or sent for them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.networks.elementary import NUMPY
from fastavg.options import POSITIVE, RATE, check_options, option, whole
from fastavg.randomness import generator
from fastavg.solvers.contract import SOLVERS, Job, Outcome
from fastavg.solvers.divided_steps import refuse_reactive
from fastavg.solvers.layer_views import Layer, Vector, check_dense, forward_pass, layers_of
from fastavg.solvers.minibatch import rate
from fastavg.solvers.objective import BatchObjective
from fastavg.solvers.schedules import SCHEDULE, Schedule


class Factors(NamedTuple):
    """Inverses of the two factors of a layer's Fisher matrix, with damping.

    Attributes
    ----------
    inputs : array (fan_in + 1, fan_in + 1)
        Of the inputs, the one for the biases last.
    errors : array (fan_out, fan_out)
        Of the errors.
    """

    inputs: Vector
    errors: Vector


@SOLVERS.member("natural-gradient")
@dataclass(frozen=True)
class NaturalGradient:
    """Natural-gradient descent over mini-batches, by Kronecker factors.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps.
    schedule : Schedule or str
        How the learning rate changes over the run; ``plateau`` and ``adaptive`` are refused.
    momentum : float
        Fraction of the last step that is added to the next one.
    damping : float
        Added to the diagonal of the Fisher matrix.
    largest_change : float
        Bound on the change of the outputs in one step, measured by half the Fisher norm of the step
        (Ba, Grosse and Martens 2017); longer steps are shortened.
    factor_rows : int
        Rows that the factors are measured on.
    refresh : int
        Steps of a round between two measurements of the factors.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> NaturalGradient(momentum=0.5).n_vectors
    1
    """

    learning_rate: float = rate(0.03)
    schedule: Schedule = option(
        factory=Schedule, family=SCHEDULE, flag="--schedule", sklearn="learning_rate",
        help="Learning-rate schedule",
    )
    momentum: float = option(0.9, check=RATE)
    damping: float = option(0.01, check=POSITIVE)
    largest_change: float = option(0.001, check=POSITIVE)
    factor_rows: int = option(512, check=whole(1), unit="rows")
    refresh: int = option(50, check=whole(1), unit="steps")

    def __post_init__(self) -> None:
        check_options(self)
        refuse_reactive(self.schedule, "natural-gradient")

    @property
    def n_vectors(self) -> int:
        """The velocity."""
        return 1

    def train(self, job: Job) -> Outcome:
        """One step along the natural gradient of each batch.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers.

        Raises
        ------
        ConfigError
            If rows are sparse, or an activation is a user's own.
        """
        space, steps = job.workspace, job.batches.steps.tolist()
        check_dense(job, "natural-gradient")
        theta, velocity, gradient = space.theta, space.state[0], np.zeros_like(space.theta)
        weights, moves, slopes = (layers_of(space, each) for each in (theta, velocity, gradient))
        rates = self.learning_rate * job.rate_factor * self.schedule.factors(
            job.first_step, job.first_step + len(steps), job.total_steps, job.rows_per_step,
            job.steps_per_epoch,
        )
        factors: list[Factors] = []
        loss = weight = 0.0
        for step, (first, rows) in enumerate(steps):
            if step % self.refresh == 0:
                factors = self._measure(job, weights, first, job.first_step + step)
            objective = BatchObjective(job, first, rows)
            if not objective.weight:
                continue
            objective(theta, gradient)
            loss, weight = loss + objective.loss, weight + objective.weight
            velocity *= velocity.dtype.type(self.momentum)
            self._descend(slopes, factors, moves, float(rates[step]))
            theta -= theta.dtype.type(rates[step]) * velocity
        return Outcome(loss, weight, len(steps))

    def _descend(
        self, slopes: list[Layer], factors: list[Factors], moves: list[Layer], rate: float
    ) -> None:
        # Add the natural gradient to the velocity, shortened if it would change too much.
        natural, change = [], 0.0
        for slope, factor in zip(slopes, factors, strict=True):
            whole = np.vstack([slope.matrix, slope.biases])
            along = factor.inputs @ whole @ factor.errors
            change += float(np.vdot(along, whole))
            natural.append(along)
        change *= rate * rate
        most = 2 * self.largest_change
        part = 1.0 if change <= most else math.sqrt(most / change)
        for move, along in zip(moves, natural, strict=True):
            scaled = along.dtype.type(part) * along
            move.matrix[:] += scaled[:-1]
            move.biases[:] += scaled[-1]

    def _measure(self, job: Job, layers: list[Layer], first: int, step: int) -> list[Factors]:
        order = job.batches.order
        count = min(self.factor_rows, len(order))
        at = min(first, len(order) - count)
        inputs, sums = forward_pass(job, layers, job.X[order[at : at + count]].astype(np.float64))
        network = job.workspace.network
        random = generator(job.drop_key, "targets of the Fisher matrix", step)
        error = _drawn_errors(network.output, sums[-1], random)
        found: list[Factors] = []
        for number in range(len(layers) - 1, -1, -1):
            found.append(self._factors(inputs[number], error, layers[number].matrix.dtype))
            if number:
                activation = ACTIVATIONS[str(network.activations[number - 1])]
                back = error @ layers[number].matrix.T.astype(np.float64)
                error = np.asarray(back * activation.derivative(sums[number - 1]), np.float64)
        return found[::-1]

    def _factors(
        self, inputs: NDArray[np.float64], error: NDArray[np.float64], dtype: np.dtype[Any]
    ) -> Factors:
        rows = len(inputs)
        whole = np.hstack([inputs, np.ones((rows, 1))])
        A, S = whole.T @ whole / rows, error.T @ error / rows
        # The damping of the product is split so that both factors are damped alike.
        size_a, size_s = np.trace(A) / len(A), np.trace(S) / len(S)
        balance = math.sqrt(max(size_a, 1e-12) / max(size_s, 1e-12))
        root = math.sqrt(self.damping)
        A[np.diag_indices_from(A)] += balance * root
        S[np.diag_indices_from(S)] += root / balance
        return Factors(np.linalg.inv(A).astype(dtype), np.linalg.inv(S).astype(dtype))


def _drawn_errors(
    output: str, z: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.float64]:
    """Errors at the outputs for targets that the network itself would draw."""
    if output == "softmax":
        chances = np.exp(z - z.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        below = chances.cumsum(axis=1) < random.random((len(z), 1))
        drawn = np.minimum(below.sum(axis=1), z.shape[1] - 1)
        chances[np.arange(len(z)), drawn] -= 1
        return np.asarray(chances)
    if output == "logistic":
        chances = NUMPY.logistic(z)
        return np.asarray(chances - (random.random(z.shape) < chances))
    # Numbers with normal errors of deviation 1, and margins alike.
    return random.standard_normal(z.shape)
