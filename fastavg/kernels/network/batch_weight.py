"""The summed weight of a batch's rows, added in one fixed order."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel


@kernel(exact=True)
def batch_weight(weights, order, first, rows):
    """Summed weight of rows ``order[first:first + rows]``; their number without weights.

    Every gradient is divided by it, and a compiler that is free to reorder the sum takes
    one order in the process that compiles and another in those that load the cache.

    Parameters
    ----------
    weights : array (n_rows,) of float32 or float64
        How much each row counts; empty if all count the same.
    order : array (n,) of int64
        Row numbers in the order of their use.
    first, rows : int
        Where the batch begins in ``order``, and its length.

    Returns
    -------
    float64
    """
    if weights.size == 0:
        return np.float64(rows)
    total = np.float64(0.0)
    for r in range(rows):
        total += weights[order[first + r]]
    return total
