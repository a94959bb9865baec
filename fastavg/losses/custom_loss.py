"""Losses that users write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.losses.contract import Loss, full_targets
from fastavg.networks.custom import Custom

PREDICTIONS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "identity": lambda z: z, "exponential": np.exp, "logistic": lambda z: 1 / (1 + np.exp(-z)),
}


@dataclass(frozen=True, eq=False, repr=False)
class CustomLoss(Custom, Loss):
    """A loss that you write: two functions of a prediction and its target.

    It is summed over the outputs of a row.  A prediction is what the output's function
    makes: for ``identity`` any number, for ``exponential`` a positive one, for ``logistic``
    a probability.  See :class:`fastavg.CustomActivation` on how to write it fast.

    Parameters
    ----------
    value : function of numba.njit
        ``value(prediction, target)``.
    derivative : function of numba.njit
        ``derivative(prediction, target)``, the derivative along the prediction.
    name : str
        The name of ``value`` if not given.

    Raises
    ------
    ConfigError
        If a function is missing or cannot be compiled.

    Examples
    --------
    >>> import numba
    >>> from fastavg import CustomLoss, Plan
    >>> @numba.njit
    ... def quartic(prediction, target):
    ...     return (prediction - target) ** 4
    >>> @numba.njit
    ... def derivative(prediction, target):
    ...     return 4 * (prediction - target) ** 3
    >>> Plan(loss=CustomLoss(quartic, derivative)).loss.name
    'quartic'
    """

    arguments: ClassVar[tuple[str, ...]] = ("prediction", "target")
    outputs: ClassVar[tuple[str, ...]] = tuple(PREDICTIONS)

    def code(self, output: str, dtype: DTypeLike) -> int:
        """Address of the compiled stage; see :meth:`Loss.code`."""
        from fastavg.kernels.user_functions import loss_stage

        return loss_stage(self.value, self.derivative, output).address(dtype)

    def rows(
        self, z: NDArray[np.floating], Y: NDArray[np.floating], output: str
    ) -> NDArray[np.float64]:
        """Loss of each row; see :meth:`Loss.rows`."""
        predicted = PREDICTIONS[output](np.asarray(z, np.float64))
        # One call a number: this is for looking, training has the compiled loop.
        each = np.vectorize(self.value, otypes=[np.float64])(predicted, full_targets(Y, z))
        summed: NDArray[np.float64] = each.sum(axis=1)
        return summed
