"""Losses of numbers that are never negative, behind an exponential: counts, amounts, times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import DataError
from fastavg.losses.contract import LOSSES, Array, Loss, LossFormula
from fastavg.networks.elementary import Elementary


@LOSSES.member("poisson")
@dataclass(frozen=True)
class Poisson(Loss):
    """Half the Poisson deviance, for counts; the output is their expectation, exp(z).

    >>> Poisson().rows(np.array([[0.0]]), np.array([[1.0]]), "exponential")
    array([0.])
    """

    outputs: ClassVar[tuple[str, ...]] = ("exponential",)

    def check_targets(self, Y: Array) -> None:
        """Refuse counts below 0; see :meth:`Loss.check_targets`."""
        _refuse(Y, Y < 0, "Poisson", "at least 0")

    def curvature(self, z: Array, output: str) -> NDArray[np.float64]:
        """The expectation, ``exp(z)``; see :meth:`Loss.curvature`."""
        return np.exp(np.asarray(z, np.float64))

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        exp = f.exp

        def value(z: Any, t: Any, a: Any) -> Any:
            return exp(z) - t * z

        def derivative(z: Any, t: Any, a: Any) -> Any:
            return exp(z) - t

        return LossFormula(value, derivative, f.stirling)


@LOSSES.member("gamma")
@dataclass(frozen=True)
class Gamma(Loss):
    """Half the gamma deviance, for positive numbers whose spread grows with their size.

    >>> Gamma().rows(np.array([[0.0]]), np.array([[1.0]]), "exponential")
    array([0.])
    """

    outputs: ClassVar[tuple[str, ...]] = ("exponential",)

    def check_targets(self, Y: Array) -> None:
        """Refuse targets of 0 and below; see :meth:`Loss.check_targets`."""
        _refuse(Y, Y <= 0, "Gamma", "above 0")

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        number, exp, log = f.number, f.exp, f.log

        def value(z: Any, t: Any, a: Any) -> Any:
            return z + t * exp(-z)

        def derivative(z: Any, t: Any, a: Any) -> Any:
            return number(z, 1) - t * exp(-z)

        def of_target(t: Any) -> Any:
            return -log(t) - number(t, 1)

        return LossFormula(value, derivative, of_target)


def _refuse(Y: Array, wrong: NDArray[np.bool_], name: str, needed: str) -> None:
    places = np.argwhere(wrong)
    if len(places):
        row, column = places[0]
        raise DataError(
            f"y holds {Y[row, column]:g} in row {row}; the loss {name} takes numbers {needed}"
        )
