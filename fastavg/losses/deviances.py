"""Losses of numbers that are never negative, behind an exponential: counts, amounts, times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import DataError
from fastavg.losses.contract import LOSSES, Array, Loss


@LOSSES.member("poisson")
@dataclass(frozen=True)
class Poisson(Loss):
    """Half the Poisson deviance, for counts; the output is their expectation, exp(z).

    >>> Poisson().rows(np.array([[0.0]]), np.array([[1.0]]), "exponential")
    array([0.])
    """

    outputs: ClassVar[tuple[str, ...]] = ("exponential",)

    def check_targets(self, Y: Array) -> None:
        """Counts are at least 0."""
        _refuse(Y, Y < 0, "Poisson", "at least 0")

    def _stage(self, output: str) -> str:
        return "poisson"

    def _each(self, z: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(z) - T * z + T * np.log(np.where(T > 0, T, 1)) - T


@LOSSES.member("gamma")
@dataclass(frozen=True)
class Gamma(Loss):
    """Half the gamma deviance, for positive numbers whose spread grows with their size.

    >>> Gamma().rows(np.array([[0.0]]), np.array([[1.0]]), "exponential")
    array([0.])
    """

    outputs: ClassVar[tuple[str, ...]] = ("exponential",)

    def check_targets(self, Y: Array) -> None:
        """Targets are above 0."""
        _refuse(Y, Y <= 0, "Gamma", "above 0")

    def _stage(self, output: str) -> str:
        return "gamma"

    def _each(self, z: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.float64]:
        return z + T * np.exp(-z) - np.log(T) - 1


def _refuse(Y: Array, wrong: NDArray[np.bool_], name: str, needed: str) -> None:
    places = np.argwhere(wrong)
    if len(places):
        row, column = places[0]
        raise DataError(
            f"y holds {Y[row, column]:g} in row {row}; the loss {name} takes numbers {needed}"
        )
