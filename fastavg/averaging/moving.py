"""Averages of centers as the published vector: training goes on from the center itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from fastavg.averaging.rule import RULES, Averaging, Mean, Rule, Vector
from fastavg.networks.network import Network
from fastavg.options import RATE, check_options, option, whole


class PublishedAverage(Rule):
    """Another rule moves the center; what is published is an average of its centers.

    Attributes
    ----------
    rule : Averaging
        The averaging rule that moves the center.
    """

    rule: Averaging

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_own(self) -> int:
        """Vectors of this average, before those of the inner rule."""
        return 1

    @property
    def n_vectors(self) -> int:
        """This average's vectors, then the inner rule's."""
        return self.n_own + self.rule.n_vectors

    def for_network(self, network: Network) -> Rule:
        """The average of a rule that knows the network; see :meth:`Rule.for_network`."""
        inner = self.rule.for_network(network) if isinstance(self.rule, Rule) else self.rule
        return cast("Rule", replace(cast("Any", self), rule=inner))

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """Let the inner rule step, then take its center in; see :meth:`Averaging.step`."""
        self.rule.step(center, mean, state[self.n_own :], round)
        self._take(mean, state[: self.n_own], round)

    def _take(self, center: Vector, own: Vector, round: int) -> None:
        raise NotImplementedError


@RULES.member("ema")
@dataclass(frozen=True)
class CenterEMA(PublishedAverage):
    """The exponential moving average of the centers, from the first one on.

    Parameters
    ----------
    decay : float
        Weight of the previous moving average in each round; at least 0 and below 1.
    early : int
        Shorter memory at the beginning: in round n the weight of the previous average is at most
        ``n / (n + early)``.
    rule : Averaging or str
        The averaging rule that moves the center.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> rule, state = CenterEMA(decay=0.5), np.zeros((1, 1))
    >>> for round, value in enumerate([4.0, 8.0]):
    ...     rule.step(np.zeros(1), np.array([value]), state, round)
    >>> rule.published(np.array([8.0]), state)
    array([6.])
    """

    decay: float = option(0.99, check=RATE)
    early: int = option(0, check=whole(0))
    rule: Averaging = option(factory=Mean, family=RULES)

    def published(self, center: Vector, state: Vector) -> Vector:
        """The average; before the first round the center; see :meth:`Averaging.published`."""
        average: Vector = state[0]
        return average if average.any() else center

    def _take(self, center: Vector, own: Vector, round: int) -> None:
        average, number = own[0], own.dtype.type
        if not round:
            average[:] = center
            return
        decay = self.decay
        if self.early:
            decay = min(decay, (round + 1) / (round + 1 + self.early))
        average *= number(decay)
        average += number(1 - decay) * center


@RULES.member("swa")
@dataclass(frozen=True)
class SWA(PublishedAverage):
    """The plain mean of all centers from a round on (Izmailov et al. 2018).

    Parameters
    ----------
    first_round : int
        First round whose center enters the mean; before it the center itself is published.
    rule : Averaging or str
        The averaging rule that moves the center.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> rule, state = SWA(first_round=1), np.zeros((1, 1))
    >>> for round, value in enumerate([4.0, 8.0, 2.0]):
    ...     rule.step(np.zeros(1), np.array([value]), state, round)
    >>> rule.published(np.array([2.0]), state)
    array([5.])
    """

    first_round: int = option(0, check=whole(0))
    rule: Averaging = option(factory=Mean, family=RULES)

    def published(self, center: Vector, state: Vector) -> Vector:
        """The mean; before its first round the center; see :meth:`Averaging.published`."""
        average: Vector = state[0]
        return average if average.any() else center

    def _take(self, center: Vector, own: Vector, round: int) -> None:
        average, taken = own[0], round - int(self.first_round)
        if taken < 0:
            return
        average += (center - average) * own.dtype.type(1 / (taken + 1))


@RULES.member("lawa")
@dataclass(frozen=True)
class LAWA(PublishedAverage):
    """The mean of the latest centers (Kaddour 2022).

    Parameters
    ----------
    window : int
        Number of centers in the mean; each costs a vector of memory.
    rule : Averaging or str
        The averaging rule that moves the center.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> rule, state = LAWA(window=2), np.zeros((3, 1))
    >>> for round, value in enumerate([4.0, 8.0, 2.0]):
    ...     rule.step(np.zeros(1), np.array([value]), state, round)
    >>> rule.published(np.array([2.0]), state)
    array([5.])
    """

    window: int = option(6, check=whole(1))
    rule: Averaging = option(factory=Mean, family=RULES)

    @property
    def n_own(self) -> int:
        """The window's centers, and their mean."""
        return int(self.window) + 1

    def published(self, center: Vector, state: Vector) -> Vector:
        """The mean of the window; before the first round the center.

        See :meth:`Averaging.published`.
        """
        average: Vector = state[0]
        return average if average.any() else center

    def _take(self, center: Vector, own: Vector, round: int) -> None:
        own[1 + round % int(self.window)] = center
        held = own[1 : 2 + min(round, int(self.window) - 1)]
        # As a difference, so that equal centers have themselves as their mean.
        own[0] = center + (held - center).mean(axis=0, dtype=np.float64)
