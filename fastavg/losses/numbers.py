"""Losses of numbers: sums over outputs of a function of the error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.losses.contract import LOSSES, Loss
from fastavg.options import INSIDE, POSITIVE, check_options, option


@LOSSES.member("squared_error")
@dataclass(frozen=True)
class SquaredError(Loss):
    """Half the squared error, as scikit-learn's ``squared_error``.

    >>> SquaredError().rows(np.array([[3.0]]), np.array([[1.0]]), "identity")
    array([2.])
    """

    def code(self, output: str, dtype: DTypeLike) -> int:
        """The kernels' own number for it."""
        return 2

    def _each(self, z: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.float64]:
        return 0.5 * (z - T) ** 2


@LOSSES.member("absolute_error")
@dataclass(frozen=True)
class AbsoluteError(Loss):
    """The absolute error; its least is at the median.

    >>> AbsoluteError().rows(np.array([[3.0]]), np.array([[1.0]]), "identity")
    array([2.])
    """

    def _stage(self, output: str) -> str:
        return "absolute_error"

    def _each(self, z: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.abs(z - T)


@LOSSES.member("huber")
@dataclass(frozen=True)
class Huber(Loss):
    """Half the squared error up to ``delta``, straight beyond (Huber 1964).

    Parameters
    ----------
    delta : float
        Up to where errors are squared.

    >>> Huber(delta=1.0).rows(np.array([[0.5], [3.0]]), np.zeros((2, 1)), "identity")
    array([0.125, 2.5  ])
    """

    delta: float = option(1.0, check=POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)

    def settings(self) -> tuple[float, ...]:
        """The delta."""
        return (float(self.delta),)

    def _stage(self, output: str) -> str:
        return "huber"

    def _each(self, z: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.float64]:
        inner = np.clip(z - T, -self.delta, self.delta)
        return inner * (z - T - 0.5 * inner)


@LOSSES.member("quantile")
@dataclass(frozen=True)
class Quantile(Loss):
    """The pinball loss, whose least is at the quantile ``q`` (Koenker and Bassett 1978).

    Parameters
    ----------
    q : float
        The quantile, between 0 and 1.

    >>> Quantile(q=0.9).rows(np.array([[1.0], [3.0]]), np.full((2, 1), 2.0), "identity").round(3)
    array([0.9, 0.1])
    """

    q: float = option(0.5, check=INSIDE)

    def __post_init__(self) -> None:
        check_options(self)

    def settings(self) -> tuple[float, ...]:
        """The quantile."""
        return (float(self.q),)

    def _stage(self, output: str) -> str:
        return "quantile"

    def _each(self, z: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(self.q * (T - z), (self.q - 1) * (T - z))


@LOSSES.member("log_cosh")
@dataclass(frozen=True)
class LogCosh(Loss):
    """log(cosh(error)): half its square when it is small, straight when it is large.

    >>> LogCosh().rows(np.array([[1.0]]), np.array([[1.0]]), "identity")
    array([0.])
    """

    def _stage(self, output: str) -> str:
        return "log_cosh"

    def _each(self, z: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.float64]:
        d = np.abs(z - T)
        each: NDArray[np.float64] = d + np.log1p(np.exp(-2 * d)) - np.log(2)
        return each
