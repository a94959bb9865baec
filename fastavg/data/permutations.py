"""Keyed permutations at some places, several at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def permuted(keys: Sequence[int], n: int, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The values at some places of permutations of 0 to n - 1.

    Parameters
    ----------
    keys : sequence of int
        Which permutations (:func:`fastavg.randomness.key`).
    n : int
        Their length, 1 or more.
    places : array (n_places,) of int64
        Places 0 to n - 1.

    Returns
    -------
    array (n_keys, n_places) of int64
        One row for each permutation.

    Examples
    --------
    >>> import numpy as np
    >>> np.sort(permuted([1, 2], 4, np.arange(4)))
    array([[0, 1, 2, 3],
           [0, 1, 2, 3]])
    """
    from fastavg.kernels.keyed.permutation import BLOCK, permute

    values = np.empty((len(keys), len(places)), np.int64)
    work = np.empty((2, BLOCK), np.uint64)
    permute(np.array(keys, np.uint64), n, places, work, values)
    return values
