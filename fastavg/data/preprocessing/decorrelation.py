"""Inputs without correlations: principal components, each with a variance of 1.

LeCun, Bottou, Orr and Mueller (1998, 4.3): the mean is taken away, rows are turned to the
principal axes of the training rows, and each axis is divided by the deviation along it.

.. code-block:: text

    covariance C = V diag(variances) V'          z = (x - mean) V / sqrt(variances)

Axes along which rows hardly differ hold mostly noise: none is stretched by more than
``1 / sqrt(LEAST)`` times what the longest is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.machine.blas_threads import one_thread_of_every_blas

BLOCK = 4096
# Variances are at least this part of the largest one.
LEAST = 0.03
# Covariances of more columns would take longer to find than most trainings.
MOST_COLUMNS = 8192


def principal_axes(
    X: NDArray[Any], mean: NDArray[np.float64], least: float = LEAST
) -> NDArray[np.float64]:
    """The matrix that makes rows, less their mean, uncorrelated.

    Parameters
    ----------
    X : array (n_rows, n_features)
        Training rows.
    mean : array (n_features,) of float64
        Theirs.
    least : float
        Smallest variance that an axis is divided by, as a part of the largest one.

    Returns
    -------
    array (n_features, n_features) of float64
        An axis in each column, the one of the largest variance first.

    Raises
    ------
    ConfigError
        If there are too many columns, or variances leave the range of float64.

    Examples
    --------
    >>> X = np.array([[1.0, 1.0], [-1.0, -1.0], [2.0, -2.0], [-2.0, 2.0]])
    >>> z = X @ principal_axes(X, X.mean(axis=0))
    >>> (z.T @ z / 4).round(12)
    array([[1., 0.],
           [0., 1.]])
    """
    n_columns = X.shape[1]
    if n_columns > MOST_COLUMNS:
        raise ConfigError(
            f"scale is decorrelate and rows have {n_columns} columns; it goes with {MOST_COLUMNS} "
            "or fewer, and standard with any number"
        )
    covariance = np.zeros((n_columns, n_columns))
    # With several threads sums have other bits.
    with one_thread_of_every_blas(), np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(X), BLOCK):
            block = X[start : start + BLOCK].astype(np.float64) - mean
            covariance += block.T @ block
        covariance /= len(X)
        if not np.isfinite(covariance).all():
            raise ConfigError(
                "scale is decorrelate, and the variances of the columns leave the range of "
                "float64; standard scales any finite numbers"
            )
        variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1], axes[:, ::-1]
    # An axis has two directions; the one in which its largest part is positive.
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(n_columns)]
    axes = axes * np.where(largest < 0, -1.0, 1.0)
    if not variances[0] > 0:
        return np.asarray(axes)
    return np.asarray(axes / np.sqrt(np.maximum(variances, least * variances[0])))
