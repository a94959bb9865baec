"""The range test: the learning rate rises step by step, and the loss says where it is too high.

Smith, "Cyclical learning rates for training neural networks" (2017).  The rate that is taken is
three tenths of the one with the lowest loss: of digits, cancer and diabetes with SGD and Adam,
that part gave the best or nearly the best scores of 0.05, 0.1, 0.2, 0.3, 0.5 and 0.8.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from fastavg.averaging.periods import FixedPeriod
from fastavg.communicators import LocalCommunicator
from fastavg.errors import ConfigError, Diverged
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.plan.stopping_rule import Stopping
from fastavg.solvers.minibatch import MiniBatch
from fastavg.solvers.schedules import Schedule
from fastavg.training.controllers.contract import Controller, Directive
from fastavg.training.observers.events import RoundFinished
from fastavg.training.run import Run
from fastavg.training.train import prepare_rows, train_run

# Rates from the lowest to the highest, evenly by their logarithm, and steps of each worker
# with each of them.
LOWEST, HIGHEST, RATES, STEPS = 1e-5, 10.0, 90, 4
# The test ends where the loss is so many times the lowest one.
TOO_HIGH = 4.0
# How much of the smoothed loss stays from one rate to the next.
SMOOTHING = 0.8
PART = 0.3


class RangeTest(NamedTuple):
    """What a range test has shown.

    Attributes
    ----------
    rate : float
        The learning rate to take, of two digits.
    rates : list of float
        Those that were tried.
    losses : list of float
        The mean training loss with each of them.
    """

    rate: float
    rates: list[float]
    losses: list[float]


def range_test(
    network: Network, X: Any, y: Any, plan: Plan, *, sample_weight: Any = None
) -> RangeTest:
    """Find a learning rate by training a little with ever higher ones.

    Parameters
    ----------
    network : Network
        What is to be trained.
    X : array-like (n_rows, n_features)
        Features.
    y : array-like (n_rows,) or (n_rows, n_outputs)
        Targets, as for :func:`fastavg.train`.
    plan : Plan
        How; its learning rate, schedule, epochs and stopping are not looked at.
    sample_weight : array-like (n_rows,), optional
        How much each row counts.

    Returns
    -------
    RangeTest
        The same for the same plan and rows, on any number of processes.

    Raises
    ------
    ConfigError
        If the plan's solver has no learning rate.

    Examples
    --------
    >>> from fastavg.datasets import load_digits5k
    >>> found = range_test(Network((400, 16, 10)), *load_digits5k(), Plan())
    >>> 1e-4 < found.rate < 0.1
    True
    """
    if not isinstance(plan.solver, MiniBatch):
        raise ConfigError(
            "learning_rate auto goes with optimizers such as sgd or adam; "
            f"{type(plan.solver).__name__} searches along lines"
        )
    rows, _ = prepare_rows(network, plan, X, y, sample_weight)
    solver = replace(plan.solver, learning_rate=LOWEST, schedule=Schedule())
    short = replace(
        plan, solver=solver, average_every=f"{STEPS} steps", period=FixedPeriod(),
        stopping=Stopping(),
    )
    per_epoch = short.sampler(len(rows), rows.Y).steps_per_epoch
    short = replace(short, epochs=RATES * STEPS / per_epoch)
    start = network.initial_weights(plan.seed, plan.init, plan.numpy_dtype)
    ramp = _Ramp()
    # Where it diverges, higher rates would do no better.
    with contextlib.suppress(Diverged):
        # Each round has a rate of its own, so that none of them may be part of a block.
        train_run(
            Run(network, short, rows, start),
            Execution(1, LocalCommunicator(), block_seconds=0), (ramp,),
        )
    rates = [LOWEST * factor(number) for number in range(len(ramp.losses))]
    return RangeTest(chosen(rates, ramp.losses), rates, ramp.losses)


def factor(number: int) -> float:
    """What the lowest rate is multiplied by.

    Parameters
    ----------
    number : int
        Which rate, from 0.

    Examples
    --------
    >>> factor(0), round(factor(89) * 1e-5)
    (1.0, 10)
    """
    return float((HIGHEST / LOWEST) ** (number / (RATES - 1)))


def chosen(rates: Sequence[float], losses: Sequence[float]) -> float:
    """Three tenths of the rate with the lowest smoothed loss, to two digits.

    Parameters
    ----------
    rates : sequence of float
        From the lowest to the highest.
    losses : sequence of float
        With each of them.

    Returns
    -------
    float
        The lowest rate if there are no losses at all.

    Examples
    --------
    >>> chosen([0.001, 0.01, 0.1], [2.0, 1.0, 9.0])
    0.003
    """
    smooth = smoothed(losses)
    if not smooth:
        return LOWEST
    return float(f"{PART * rates[smooth.index(min(smooth))]:.2g}")


def smoothed(losses: Sequence[float]) -> list[float]:
    """The exponential moving mean of losses, without the bias of its beginning.

    Parameters
    ----------
    losses : sequence of float
        In order.

    Examples
    --------
    >>> smoothed([2.0, 2.0, 2.0])
    [2.0, 2.0, 2.0]
    """
    mean, found = 0.0, []
    for number, loss in enumerate(losses, 1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        found.append(round(mean / (1 - SMOOTHING**number), 12))
    return found


class _Ramp(Controller):
    """Raises the rate with every round, and ends training where the loss is far too high."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def before_round(self, directive: Directive) -> Directive:
        return replace(directive, rate_factor=factor(len(self.losses)))

    def on_round(self, event: RoundFinished) -> bool:
        if not math.isfinite(event.loss):
            return True
        self.losses.append(event.loss)
        return event.loss > TOO_HIGH * min(smoothed(self.losses))
