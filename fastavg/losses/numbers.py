"""Losses of numbers: sums over outputs of a function of the error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.losses.contract import LOSSES, Array, Loss, LossFormula
from fastavg.networks.elementary import Elementary
from fastavg.options import INSIDE, POSITIVE, check_options, option

LOG2 = math.log(2)


@LOSSES.member("squared_error")
@dataclass(frozen=True)
class SquaredError(Loss):
    """Half the squared error, as scikit-learn's ``squared_error``.

    >>> import numpy as np
    >>> SquaredError().rows(np.array([[3.0]]), np.array([[1.0]]), "identity")
    array([2.])
    """

    def code(self, output: str, dtype: DTypeLike) -> int:
        """The kernels' code of it; see :meth:`Loss.code`."""
        return 2

    def curvature(self, z: Array, output: str) -> NDArray[np.float64]:
        """1 everywhere; see :meth:`Loss.curvature`."""
        return np.ones(np.shape(z))

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        number = f.number

        def value(z: Any, t: Any, a: Any) -> Any:
            return number(z, 0.5) * (z - t) * (z - t)

        def derivative(z: Any, t: Any, a: Any) -> Any:
            return z - t

        return LossFormula(value, derivative)


@LOSSES.member("absolute_error")
@dataclass(frozen=True)
class AbsoluteError(Loss):
    """The absolute error; its least is at the median.

    >>> import numpy as np
    >>> AbsoluteError().rows(np.array([[3.0]]), np.array([[1.0]]), "identity")
    array([2.])
    """

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        where, number = f.where, f.number

        def value(z: Any, t: Any, a: Any) -> Any:
            return abs(z - t)

        def derivative(z: Any, t: Any, a: Any) -> Any:
            # Written so that NaN passes through.
            d, zero, one = z - t, number(z, 0), number(z, 1)
            return where(d > zero, one, where(d < zero, -one, d))

        return LossFormula(value, derivative)


@LOSSES.member("huber")
@dataclass(frozen=True)
class Huber(Loss):
    """Half the squared error up to ``delta``, straight beyond (Huber 1964).

    Parameters
    ----------
    delta : float
        Largest error that is squared; larger ones count linearly.

    Examples
    --------
    >>> import numpy as np
    >>> Huber(delta=1.0).rows(np.array([[0.5], [3.0]]), np.zeros((2, 1)), "identity")
    array([0.125, 2.5  ])
    """

    delta: float = option(1.0, check=POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)

    def settings(self) -> tuple[float, ...]:
        """The delta."""
        return (float(self.delta),)

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        where, number = f.where, f.number

        def derivative(z: Any, t: Any, delta: Any) -> Any:
            d = z - t
            d = where(d > delta, delta, d)
            return where(d < -delta, -delta, d)

        def value(z: Any, t: Any, delta: Any) -> Any:
            inner = z - t
            inner = where(inner > delta, delta, inner)
            inner = where(inner < -delta, -delta, inner)
            return inner * (z - t - number(z, 0.5) * inner)

        return LossFormula(value, derivative)


@LOSSES.member("quantile")
@dataclass(frozen=True)
class Quantile(Loss):
    """The pinball loss, whose least is at the quantile ``q`` (Koenker and Bassett 1978).

    Parameters
    ----------
    q : float
        The quantile, between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> Quantile(q=0.9).rows(np.array([[1.0], [3.0]]), np.full((2, 1), 2.0), "identity").round(3)
    array([0.9, 0.1])
    """

    q: float = option(0.5, check=INSIDE)

    def __post_init__(self) -> None:
        check_options(self)

    def settings(self) -> tuple[float, ...]:
        """The quantile."""
        return (float(self.q),)

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        where, number = f.where, f.number

        def value(z: Any, t: Any, q: Any) -> Any:
            d = t - z
            return where(d > number(z, 0), q * d, (q - number(z, 1)) * d)

        def derivative(z: Any, t: Any, q: Any) -> Any:
            d, zero, one = t - z, number(z, 0), number(z, 1)
            return where(d > zero, -q, where(d < zero, one - q, d))

        return LossFormula(value, derivative)


@LOSSES.member("log_cosh")
@dataclass(frozen=True)
class LogCosh(Loss):
    """log(cosh(error)): half its square when it is small, straight when it is large.

    >>> import numpy as np
    >>> LogCosh().rows(np.array([[1.0]]), np.array([[1.0]]), "identity")
    array([0.])
    """

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        number, exp, log1p, tanh = f.number, f.exp, f.log1p, f.tanh

        def value(z: Any, t: Any, a: Any) -> Any:
            d = abs(z - t)
            return d + log1p(exp(number(d, -2) * d)) - number(d, LOG2)

        def derivative(z: Any, t: Any, a: Any) -> Any:
            return tanh(z - t)

        return LossFormula(value, derivative)
