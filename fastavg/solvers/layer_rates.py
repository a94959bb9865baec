"""Gradient descent in which every layer has a rate of its own, by its number of inputs."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import DTypeLike

from fastavg.options import RATE, Check, check_options, is_number, option
from fastavg.solvers.contract import SOLVERS, Job, Outcome
from fastavg.solvers.divided_steps import DividedSteps, refuse_reactive
from fastavg.solvers.layer_views import layers_of
from fastavg.solvers.minibatch import rate
from fastavg.solvers.schedules import SCHEDULE, Schedule

POWER = Check(lambda value: is_number(value) and -2 <= value <= 2, "be a number from -2 to 2")


@SOLVERS.member("layer-rates")
@dataclass(frozen=True)
class LayerRates:
    """SGD with the rate ``learning_rate (fan_in / largest fan_in)^power`` in each layer.

    With weights that start at a deviation of ``1 / sqrt(fan_in)``, rates in proportion to the
    square root of the fan-in let layers learn at the same speed (LeCun, Bottou, Orr and Mueller
    1998, 4.7); -1 is the older rule, rates divided by the fan-in (Plaut, Nowlan and Hinton 1986).

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps in the layer with most inputs.
    schedule : Schedule or str
        How the learning rate changes over the run; ``plateau`` and ``adaptive`` are refused.
    momentum : float
        Fraction of the last step that is added to the next one.
    power : float
        Exponent of the fan-in; 0 is plain SGD.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> LayerRates(power=-1).n_vectors
    2
    """

    learning_rate: float = rate(0.1)
    schedule: Schedule = option(
        factory=Schedule, family=SCHEDULE, flag="--schedule", sklearn="learning_rate",
        help="Learning-rate schedule",
    )
    momentum: float = option(0.9, check=RATE)
    power: float = option(0.5, check=POWER)

    def __post_init__(self) -> None:
        check_options(self)
        refuse_reactive(self.schedule, "layer-rates")

    @property
    def n_vectors(self) -> int:
        """The velocity, and what each weight's step is divided by."""
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
        """Steps on the job's batches.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers.
        """
        space = job.workspace
        # Also between the layers, where vectors have numbers that are no weights.
        divisors = space.state[1]
        divisors[:] = 1
        shapes = space.network.shapes
        most = max(fan_in for fan_in, _ in shapes)
        for layer, (fan_in, _) in zip(layers_of(space, divisors), shapes, strict=True):
            for part in layer:
                part[:] = (most / fan_in) ** self.power
        return DividedSteps(self.learning_rate, self.schedule, self.momentum).train(job)
