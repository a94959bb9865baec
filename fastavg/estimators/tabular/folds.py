"""Parts of the rows, one of which each member holds out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import DataError
from fastavg.randomness import generator


def folds_of(
    y: NDArray[Any], folds: int, seed: int, by_class: bool, groups: NDArray[Any] | None = None
) -> NDArray[np.int64]:
    """The fold of each row, from 0 to ``folds - 1``, as equal in size as can be.

    Parameters
    ----------
    y : array (n_rows,) or (n_rows, n_outputs)
        The rows' targets.
    folds : int
        How many folds there are.
    seed : int
        The same seed gives the same folds.
    by_class : bool
        True gives every class its part in every fold, to within a row.
    groups : array (n_rows,), optional
        Rows of one group are in one fold.

    Returns
    -------
    array (n_rows,) of int64
        Numbers of folds.

    Raises
    ------
    DataError
        If there are fewer rows, or groups, than folds.

    Examples
    --------
    >>> np.bincount(folds_of(np.array([0, 0, 0, 0, 1, 1]), 2, 0, True)).tolist()
    [3, 3]
    """
    random = generator(seed, "folds", folds)
    if groups is not None:
        names, members = np.unique(groups, return_inverse=True)
        if len(names) < folds:
            raise DataError(f"there are {len(names)} groups of rows; {folds} folds need as many")
        sizes = np.bincount(members)
        fold_of_group = np.zeros(len(names), np.int64)
        filled = np.zeros(folds, np.int64)
        # The largest first, each into the emptiest fold.
        for group in np.lexsort((random.permutation(len(names)), -sizes)):
            fold_of_group[group] = filled.argmin()
            filled[fold_of_group[group]] += sizes[group]
        return fold_of_group[members]
    if len(y) < folds:
        raise DataError(f"there are {len(y)} rows; {folds} folds need as many")
    rank = random.permutation(len(y))
    order = np.lexsort((rank, y)) if by_class and y.ndim == 1 else np.argsort(rank)
    fold = np.empty(len(y), np.int64)
    fold[order] = np.arange(len(y)) % folds
    return fold
