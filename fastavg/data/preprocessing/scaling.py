"""Feature scaling, learnt from training rows only: a shift and a factor for each column.

``decorrelate`` turns rows to their principal axes as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.data.preprocessing.decorrelation import principal_axes
from fastavg.data.sparse_rows import SparseRows
from fastavg.errors import ConfigError

SCALES = ("auto", "none", "standard", "minmax", "maxabs", "overall", "decorrelate")
BLOCK = 4096
# A column of numbers near 0 that varies by less says nothing to a network unless it is scaled.
NARROW = 1e-3
HUGE = 1e30


@dataclass(frozen=True, eq=False)
class Scaling:
    """Columns as ``(x - shift) * factor``, or as ``(x - shift) * factor @ axes``.

    Parameters
    ----------
    shift : array (n_features,) of float64
        What is subtracted from each column, in its unit.
    factor : array (n_features,) of float64
        What the difference is multiplied by, in units of one by the column's.
    axes : array (n_features, n_features) of float64, optional
        What turns rows to their principal axes, an axis in each column
        (:mod:`fastavg.data.preprocessing.decorrelation`).
    """

    shift: NDArray[np.float64]
    factor: NDArray[np.float64]
    axes: NDArray[np.float64] | None = None

    @property
    def keeps_zeros(self) -> bool:
        """True if a zero stays a zero."""
        return self.axes is None and not self.shift.any()

    @property
    def matrix(self) -> NDArray[np.float64]:
        """What rows, less the shift, are multiplied by: array (n_features, n_features)."""
        return np.diag(self.factor) if self.axes is None else self.factor[:, None] * self.axes

    def onto(self, weights: NDArray[np.floating]) -> NDArray[np.floating]:
        """The weights that do with unscaled rows, less the shift, what these do with scaled ones.

        Parameters
        ----------
        weights : array (n_features, n_units)
            Of a first layer.
        """
        turned = weights if self.axes is None else self.axes @ weights
        moved: NDArray[np.floating] = self.factor[:, None] * turned
        return moved

    def undo(self, X: NDArray[np.floating]) -> NDArray[np.floating]:
        """The rows that these are the scaled ones of, up to rounding.

        Parameters
        ----------
        X : array (n_rows, n_features)
            Scaled rows.
        """
        turned = X if self.axes is None else np.linalg.solve(self.axes.T, X.T).T
        rows: NDArray[np.floating] = turned / self.factor + self.shift
        return rows

    def apply(self, X: NDArray[Any], dtype: DTypeLike) -> NDArray[np.floating]:
        """Scaled rows, computed in float64, as a new matrix.

        Parameters
        ----------
        X : array (n_rows, n_features)
            Rows as they came.
        dtype : dtype
            Of the result: float32 or float64.

        Examples
        --------
        >>> Scaling(np.array([2.0]), np.array([0.5])).apply(np.array([[1], [3]]), "f8").ravel()
        array([-0.5,  0.5])
        """
        out = np.empty(X.shape, dtype)
        for start in range(0, len(X), BLOCK):
            rows = X[start : start + BLOCK].astype(np.float64)
            scaled = (rows - self.shift) * self.factor
            out[start : start + BLOCK] = scaled if self.axes is None else scaled @ self.axes
        return out

    def apply_sparse(self, X: SparseRows, dtype: DTypeLike) -> SparseRows:
        """Scaled sparse rows of a dtype, if zeros stay zeros.

        Parameters
        ----------
        X : SparseRows (n_rows, n_features)
            Rows as they came.
        dtype : dtype
            float32 or float64.
        """
        assert self.keeps_zeros
        return X.scaled(self.factor, dtype)


def fit_scaling(kind: str, X: NDArray[Any]) -> Scaling | None:
    """The scaling of a kind for these rows; None if they stay as they are.

    Parameters
    ----------
    kind : str
        ``standard``: mean 0 and variance 1; ``minmax``: from 0 to 1; ``maxabs``: the largest
        magnitude is 1, and zeros stay zeros; ``overall``: the same with one factor for all
        columns, such as the pixels of images; ``decorrelate``: mean 0 and principal axes of
        variance 1, without correlations; ``none``; ``auto``: nothing if every number lies
        in [-1, 1] already and every column that varies does so by a thousandth or more, else
        ``standard``.
    X : array (n_rows, n_features)
        Training rows.

    Raises
    ------
    ConfigError
        If the kind is unknown, or rows have too many columns to decorrelate.

    Examples
    --------
    >>> fit_scaling("auto", np.array([[0.0, 1.0], [0.5, 1.0]])) is None
    True
    >>> fit_scaling("standard", np.array([[1.0, 7.0], [3.0, 7.0]])).factor
    array([1., 1.])
    """
    if kind not in SCALES:
        raise ConfigError(f"scale {kind!r} is unknown; choose {', '.join(SCALES)}")
    if kind == "none":
        return None
    low, high = X.min(axis=0).astype(np.float64), X.max(axis=0).astype(np.float64)
    if not needs_moments(kind, low, high):
        return scaling_by_range(kind, low, high)
    with np.errstate(over="ignore", invalid="ignore"):
        mean: NDArray[np.float64] = np.mean(X, axis=0, dtype=np.float64)
        total = np.zeros_like(mean)
        for start in range(0, len(X), BLOCK):
            total += ((X[start : start + BLOCK] - mean) ** 2).sum(axis=0)
    if kind == "decorrelate":
        mean = np.where(high == low, low, mean)
        return Scaling(mean, np.ones_like(mean), principal_axes(X, mean))
    # Rounding can leave a constant column a spread that is not quite 0.
    deviation = np.where(high > low, np.sqrt(total / len(X)), 0.0)
    # The rounded mean of huge numbers that are all the same lies beside them.
    mean = np.where((high == low) & (np.abs(low) > HUGE), low, mean)
    odd = (high > low) & ~((deviation > 0) & np.isfinite(deviation) & np.isfinite(mean))
    for column in np.flatnonzero(odd):
        # Squares that are too small or too large for float64: in units of the range they fit.
        unit = max(abs(low[column]), abs(high[column]))
        values = X[:, column].astype(np.float64) / unit
        mean[column] = values.mean() * unit
        within = (values - values.mean()) / (values.max() - values.min())
        deviation[column] = np.sqrt((within**2).mean()) * (values.max() - values.min()) * unit
    return Scaling(mean, _inverse(deviation))


def needs_moments(kind: str, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    """True if a scaling needs the mean and the deviation of the columns.

    Parameters
    ----------
    kind : str
        As for :func:`fit_scaling`.
    low, high : array (n_features,) of float64
        The least and the greatest number of each column.
    """
    if kind == "auto":
        spread = high - low
        narrow = bool(((spread > 0) & (spread < NARROW)).any())
        return bool(low.min() < -1 or high.max() > 1 or narrow)
    return kind in ("standard", "decorrelate")


def scaling_by_range(
    kind: str, low: NDArray[np.float64], high: NDArray[np.float64]
) -> Scaling | None:
    """The scaling of a kind that :func:`needs_moments` says no of; None if rows stay.

    Parameters
    ----------
    kind : str
        As for :func:`fit_scaling`.
    low, high : array (n_features,) of float64
        The least and the greatest number of each column.
    """
    if kind == "minmax":
        return Scaling(low, _inverse(high - low))
    if kind == "overall":
        most = np.full_like(low, max(high.max(), -low.min()))
        return None if most[0] == 1 else Scaling(np.zeros_like(low), _inverse(most))
    if kind == "maxabs":
        return Scaling(np.zeros_like(low), _inverse(np.maximum(high, -low)))
    return None


def standard_scaling(
    mean: NDArray[np.float64], deviation: NDArray[np.float64]
) -> Scaling:
    """Mean 0 and deviation 1.

    Parameters
    ----------
    mean, deviation : array (n_features,) of float64
        Of each column.

    Examples
    --------
    >>> standard_scaling(np.array([2.0, 7.0]), np.array([0.5, 0.0])).factor
    array([2., 1.])
    """
    return Scaling(mean, _inverse(deviation))


def fit_sparse_scaling(kind: str, X: SparseRows) -> Scaling | None:
    """The scaling of a kind that leaves zeros alone; None if the rows stay as they are.

    Parameters
    ----------
    kind : str
        ``none``, ``maxabs``, or ``auto``: nothing if every number lies in [-1, 1] already,
        else ``maxabs``.
    X : SparseRows (n_rows, n_features)
        Training rows.
    """
    largest = np.zeros(X.n_features)
    chosen = np.repeat(X.spans[:, 0] - np.cumsum(X.lengths) + X.lengths, X.lengths)
    chosen += np.arange(len(chosen))
    np.maximum.at(largest, X.features[chosen], np.abs(X.values[chosen]))
    if kind == "none" or (kind == "auto" and largest.max() <= 1):
        return None
    return Scaling(np.zeros_like(largest), _inverse(largest))


def _inverse(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", over="ignore"):
        factor = 1 / spread
    inverse: NDArray[np.float64] = np.where(np.isfinite(factor), factor, 1.0)
    return inverse
