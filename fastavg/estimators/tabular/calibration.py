"""Probabilities that are neither too sure nor too careful: one temperature for all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# The temperatures that are looked through, as powers of e.
LOW, HIGH = -1.0, 2.0


def fit_temperature(
    z: NDArray[np.float64], y: NDArray[Any], weights: NDArray[np.floating] | None = None
) -> float:
    """The temperature that makes the log loss of held-out rows least.

    Parameters
    ----------
    z : array (n_rows, n_classes)
        The network's values before softmax, from members that had held the rows out.
    y : array (n_rows,)
        Class numbers.
    weights : array (n_rows,), optional
        How much each row counts.

    Examples
    --------
    >>> z = np.array([[4.0, 0.0]] * 4)
    >>> round(fit_temperature(z, np.array([0, 0, 0, 1])), 2)
    3.64
    """
    from scipy.optimize import minimize_scalar

    chosen = z[np.arange(len(z)), y]

    def loss(power: float) -> float:
        factor = np.exp(-power)
        top = z.max(axis=1)
        total = np.log(np.exp((z - top[:, None]) * factor).sum(axis=1)) + top * factor
        return float(np.average(total - chosen * factor, weights=weights))

    found = minimize_scalar(loss, bounds=(LOW, HIGH), method="bounded")
    return float(np.exp(found.x)) if loss(found.x) < loss(0.0) else 1.0
