"""Adaptive outer steps: Adam and its kin on the center's movement (Reddi et al. 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastavg.averaging.rule import RULES, Rule, Vector
from fastavg.options import POSITIVE, RATE, check_options, option


class AdaptiveRule(Rule):
    """``center <- center - rate m / (sqrt(v) + epsilon)`` with d = center - mean.

    ``m <- beta_1 m + (1 - beta_1) d``; the members differ in v, the second moment of d.

    Attributes
    ----------
    rate : float
        Outer learning rate.
    beta_1 : float
        Decay of m.
    epsilon : float
        The paper's tau, which bounds how adaptive a step is.
    """

    rate: float
    beta_1: float
    epsilon: float

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_vectors(self) -> int:
        """The first and the second moment."""
        return 2

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """One adaptive step along ``center - mean``; see :meth:`Averaging.step`."""
        number = center.dtype.type
        first, second = state
        change = center - mean
        first *= number(self.beta_1)
        first += number(1 - self.beta_1) * change
        spread = np.sqrt(self._second(second, change * change, round))
        scale = number(self.rate / self._first_correction(round))
        np.subtract(center, scale * first / (spread + number(self.epsilon)), out=mean)

    def _first_correction(self, round: int) -> float:
        return 1.0

    def _second(self, second: Vector, squared: Vector, round: int) -> Vector:
        raise NotImplementedError


@RULES.member("fedadam")
@dataclass(frozen=True)
class FedAdam(AdaptiveRule):
    """Adam on the center's movement, both moments corrected for their start from zero.

    Parameters
    ----------
    rate : float
        Outer learning rate; above 0.
    beta_1, beta_2 : float
        Decay of the moments; at least 0 and below 1.
    epsilon : float
        Added to the square root of the second moment; above 0. Larger values make steps less
        adaptive.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> mean, state = np.array([1.0, 3.0]), np.zeros((2, 2))
    >>> FedAdam(rate=0.1, epsilon=1e-9).step(np.array([2.0, 2.0]), mean, state, round=0)
    >>> mean
    array([1.9, 2.1])
    """

    rate: float = option(0.01, check=POSITIVE)
    beta_1: float = option(0.9, check=RATE)
    beta_2: float = option(0.99, check=RATE)
    epsilon: float = option(1e-3, check=POSITIVE)

    def _first_correction(self, round: int) -> float:
        return float(1 - self.beta_1 ** (round + 1))

    def _second(self, second: Vector, squared: Vector, round: int) -> Vector:
        number = second.dtype.type
        second *= number(self.beta_2)
        second += number(1 - self.beta_2) * squared
        return second * number(1 / (1 - self.beta_2 ** (round + 1)))


@RULES.member("fedyogi")
@dataclass(frozen=True)
class FedYogi(AdaptiveRule):
    """Yogi on the center's movement: v moves to d^2 by steps that do not grow with v.

    Parameters
    ----------
    rate : float
        Outer learning rate; above 0.
    beta_1, beta_2 : float
        Decay of the moments; at least 0 and below 1.
    epsilon : float
        Added to the square root of the second moment; above 0. Larger values make steps less
        adaptive.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> FedYogi().n_vectors
    2
    """

    rate: float = option(0.01, check=POSITIVE)
    beta_1: float = option(0.9, check=RATE)
    beta_2: float = option(0.99, check=RATE)
    epsilon: float = option(1e-3, check=POSITIVE)

    def _second(self, second: Vector, squared: Vector, round: int) -> Vector:
        second -= second.dtype.type(1 - self.beta_2) * squared * np.sign(second - squared)
        return second


@RULES.member("fedadagrad")
@dataclass(frozen=True)
class FedAdagrad(AdaptiveRule):
    """Adagrad on the center's movement: v is the sum of all d^2.

    Parameters
    ----------
    rate : float
        Outer learning rate; above 0.
    beta_1 : float
        Decay of the first moment; at least 0 and below 1.
    epsilon : float
        Added to the square root of the second moment; above 0. Larger values make steps less
        adaptive.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> FedAdagrad().rate
    0.1
    """

    rate: float = option(0.1, check=POSITIVE)
    beta_1: float = option(0.0, check=RATE)
    epsilon: float = option(1e-3, check=POSITIVE)

    def _second(self, second: Vector, squared: Vector, round: int) -> Vector:
        second += squared
        return second
