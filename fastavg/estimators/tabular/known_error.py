"""The squared error of the outputs that are known: a target that is NaN teaches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastavg.losses import Loss
from fastavg.losses.contract import LossFormula
from fastavg.networks.elementary import Elementary


@dataclass(frozen=True)
class KnownSquaredError(Loss):
    """Half the squared error of every output whose target is not NaN.

    Examples
    --------
    >>> import numpy as np
    >>> KnownSquaredError().rows(np.array([[3.0, 5.0]]), np.array([[1.0, np.nan]]), "identity")
    array([2.])
    """

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output; see :meth:`Loss.formula`."""
        where, number = f.where, f.number

        def value(z: Any, t: Any, a: Any) -> Any:
            # NaN alone differs from itself.
            return where(t == t, number(z, 0.5) * (z - t) * (z - t), number(z, 0))

        def derivative(z: Any, t: Any, a: Any) -> Any:
            return where(t == t, z - t, number(z, 0))

        return LossFormula(value, derivative)
