"""What every data file becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Table:
    """The content of a data file.

    Parameters
    ----------
    X : array or sparse matrix (n_rows, n_features)
        Features, of any real type.
    y : array (n_rows,) or (n_rows, n_outputs), or None
        Targets; None if the file has none.
    feature_names : tuple of str, optional
        What the columns of X are called; None where the file has no names.
    """

    X: NDArray[Any]
    y: NDArray[Any] | None
    feature_names: tuple[str, ...] | None = None


def as_labels(y: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers as integers, others as they are.

    Parameters
    ----------
    y : array (n_rows,) of float
        Finite numbers.

    Returns
    -------
    array (n_rows,)
        int64 if all are whole and below 2^53, else y itself.

    Examples
    --------
    >>> as_labels(np.array([1.0, 0.0])), as_labels(np.array([0.5, 1.0]))
    (array([1, 0]), array([0.5, 1. ]))
    """
    whole = np.all(np.abs(y) < 2**53) and np.all(y == np.rint(y))
    return y.astype(np.int64) if whole else y
