"""Classes as targets of -1 and 1 of a scaled tanh (LeCun, Bottou, Orr and Mueller 1998)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.losses.contract import LOSSES, Array, Loss, LossFormula
from fastavg.networks.activation_table import LECUN_HEIGHT, LECUN_WIDTH
from fastavg.networks.elementary import NUMPY, Elementary


@LOSSES.member("scaled_tanh")
@dataclass(frozen=True)
class ScaledTanh(Loss):
    """Half the squared error of ``1.7159 tanh(2 z / 3)`` against 1 for the class, -1 for others.

    The function passes through 1 and -1 where its second derivative is largest, well inside of
    what it can reach, so that weights need not grow without end (LeCun et al. 1998, 4.5).  The
    prediction is the highest z; there are no probabilities.

    >>> ScaledTanh().rows(np.array([[1.0, -1.0]]), np.array([[0]]), "margin").round(6)
    array([0.])
    """

    outputs: ClassVar[tuple[str, ...]] = ("margin",)

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        number, tanh = f.number, f.tanh

        def value(z: Any, t: Any, a: Any) -> Any:
            side = number(z, 2) * t - number(z, 1)
            e = number(z, LECUN_HEIGHT) * tanh(number(z, LECUN_WIDTH) * z) - side
            return number(z, 0.5) * e * e

        def derivative(z: Any, t: Any, a: Any) -> Any:
            side = number(z, 2) * t - number(z, 1)
            s = tanh(number(z, LECUN_WIDTH) * z)
            slope = number(z, LECUN_HEIGHT * LECUN_WIDTH) * (number(z, 1) - s * s)
            return (number(z, LECUN_HEIGHT) * s - side) * slope

        return LossFormula(value, derivative)

    def curvature(self, z: Array, output: str) -> NDArray[np.float64]:
        """The squared derivative of the output; see :meth:`Loss.curvature`."""
        s = NUMPY.tanh(LECUN_WIDTH * np.asarray(z, np.float64))
        return np.asarray((LECUN_HEIGHT * LECUN_WIDTH * (1 - s * s)) ** 2)
