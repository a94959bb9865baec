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
        Mean, standard deviation, least and greatest target of each output, in its own unit.

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
        """Targets as the network is trained on them.

        Parameters
        ----------
        y : array (n_rows, n_outputs)
            Targets in their own units.

        Returns
        -------
        array (n_rows, n_outputs) of float64
            Numbers of mean 0 and standard deviation 1 among the training rows.
        """
        return np.asarray((y - self.mean) / self.spread, np.float64)

    def invert(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """What the network says, as predictions.

        Parameters
        ----------
        z : array (n_rows, n_outputs)
            The values of the last layer.

        Returns
        -------
        array (n_rows, n_outputs) of float64
            Predictions in the targets' own units, between ``low`` and ``high``.
        """
        return np.clip(z * self.spread + self.mean, self.low, self.high)


def fit_target_scaling(y: NDArray[np.floating]) -> TargetScaling:
    """The scaling for the targets of the training rows.

    Parameters
    ----------
    y : array (n_rows, n_outputs)
        Targets in their own units; NaN is left out.

    Returns
    -------
    TargetScaling
        With a spread of 1 where all targets are equal.
    """
    exact = np.asarray(y, np.float64)
    low, high = np.nanmin(exact, axis=0), np.nanmax(exact, axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, spread = np.nanmean(exact, axis=0), np.nanstd(exact, axis=0)
    odd = (high > low) & ~((spread > 0) & np.isfinite(spread) & np.isfinite(mean))
    for output in np.flatnonzero(odd):
        # Squares that are too small or too large for float64: in units of the largest they fit.
        unit = max(abs(low[output]), abs(high[output]))
        values = exact[:, output] / unit
        mean[output], spread[output] = np.nanmean(values) * unit, np.nanstd(values) * unit
    return TargetScaling(mean, np.where(spread > 0, spread, 1.0), low, high)
