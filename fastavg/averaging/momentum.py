"""Outer momentum: rules with momentum on the center's movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from fastavg.averaging.rule import RULES, BlockForm, Rule, Vector
from fastavg.options import POSITIVE, RATE, check_options, one_of, option


class OuterMomentum(Rule):
    """Gradient descent with momentum whose gradient is ``center - mean``.

    ``u <- momentum u + (center - mean)``; ``center <- center - rate u``, or with
    Nesterov's look-ahead ``center - rate (momentum u + center - mean)``.  The members
    differ in their defaults and in the papers that use them.

    Attributes
    ----------
    rate : float
        Outer learning rate.
    momentum : float
        Part of the last velocity that is kept.
    nesterov : bool
        True if the step looks ahead along the velocity.
    """

    rate: float
    momentum: float
    nesterov: bool = False

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_vectors(self) -> int:
        """The velocity, unless there is no momentum."""
        return 1 if self.momentum else 0

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """One step of momentum along ``center - mean``; see :meth:`Averaging.step`."""
        if not self.momentum and self.rate == 1:
            # The mean itself: center - (center - mean) would round.
            return
        number = center.dtype.type
        gradient = center - mean
        if not self.momentum:
            np.subtract(center, number(self.rate) * gradient, out=mean)
            return
        velocity = state[0]
        velocity *= number(self.momentum)
        velocity += gradient
        if self.nesterov:
            gradient += number(self.momentum) * velocity
            np.subtract(center, number(self.rate) * gradient, out=mean)
        else:
            np.subtract(center, number(self.rate) * velocity, out=mean)

    def in_block(self, dtype: DTypeLike) -> BlockForm:
        """The same operations in the same order; see :meth:`Averaging.in_block`."""
        from fastavg.kernels.blocks.rules import MEAN, OUTER_MOMENTUM

        if not self.momentum and self.rate == 1:
            return BlockForm(MEAN, np.zeros(0))
        numbers = np.array([self.momentum, self.rate, self.nesterov], np.float64)
        return BlockForm(OUTER_MOMENTUM.address(dtype), numbers)


@RULES.member("slow-momentum")
@RULES.member("slowmo")
@dataclass(frozen=True)
class SlowMo(OuterMomentum):
    """Slow momentum (Wang, Tantia, Ballas and Rabbat 2020).

    Parameters
    ----------
    rate : float
        Outer learning rate, the paper's alpha; above 0.
    momentum : float
        Outer momentum, the paper's beta; at least 0 and below 1.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> state, mean = np.ones((1, 1)), np.array([1.0])
    >>> SlowMo(momentum=0.5).step(np.array([3.0]), mean, state, round=0)
    >>> mean, state
    (array([0.5]), array([[2.5]]))
    """

    rate: float = option(1.0, check=POSITIVE)
    momentum: float = option(0.5, check=RATE)


@RULES.member("fedavgm")
@dataclass(frozen=True)
class FedAvgM(OuterMomentum):
    """Server momentum (Hsu, Qi and Brown 2019).

    Parameters
    ----------
    rate : float
        Outer learning rate; above 0.
    momentum : float
        Outer momentum; at least 0 and below 1.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> FedAvgM().momentum
    0.9
    """

    rate: float = option(1.0, check=POSITIVE)
    momentum: float = option(0.9, check=RATE)


@RULES.member("bmuf")
@dataclass(frozen=True)
class BMUF(OuterMomentum):
    """Blockwise model-update filtering (Chen and Huo 2016).

    Parameters
    ----------
    momentum : float
        The paper's block momentum, about ``1 - 1 / workers``; at least 0 and below 1.
    rate : float
        The paper's block learning rate; above 0.
    nesterov : bool
        Nesterov's form of the momentum instead of the classical one.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> BMUF(0.75).rate
    1.0
    """

    momentum: float = option(0.5, check=RATE)
    rate: float = option(1.0, check=POSITIVE)
    nesterov: bool = option(False, check=one_of(False, True))


@RULES.member("diloco")
@dataclass(frozen=True)
class DiLoCo(OuterMomentum):
    """Outer Nesterov momentum (Douillard et al. 2023).

    Parameters
    ----------
    rate : float
        Outer learning rate; above 0.
    momentum : float
        Outer momentum; at least 0 and below 1.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> DiLoCo().rate, DiLoCo().nesterov
    (0.7, True)
    """

    nesterov = True

    rate: float = option(0.7, check=POSITIVE)
    momentum: float = option(0.9, check=RATE)
