"""Numbers to be predicted, standardised for training and kept within their range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TargetScaling:
    """Targets as ``(y - mean) / spread``; predictions back, within what training has seen.

    Parameters
    ----------
    mean, spread, low, high : array (n_outputs,) of float64

    Examples
    --------
    >>> made = fit_target_scaling(np.array([[1.0], [3.0]]))
    >>> made.apply(np.array([[1.0]])), made.invert(np.array([[0.5], [9.0]]))
    (array([[-1.]]), array([[2.5],
           [3. ]]))
    """

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def apply(self, y: NDArray[np.floating]) -> NDArray[np.float64]:
        """Targets (n_rows, n_outputs) as the network is trained on them."""
        return np.asarray((y - self.mean) / self.spread, np.float64)

    def invert(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """What the network says, as predictions."""
        return np.clip(z * self.spread + self.mean, self.low, self.high)


def fit_target_scaling(y: NDArray[np.floating]) -> TargetScaling:
    """The scaling for the targets (n_rows, n_outputs) of the training rows; NaN is left out."""
    exact = np.asarray(y, np.float64)
    spread = np.nanstd(exact, axis=0)
    return TargetScaling(
        np.nanmean(exact, axis=0), np.where(spread > 0, spread, 1.0),
        np.nanmin(exact, axis=0), np.nanmax(exact, axis=0),
    )
