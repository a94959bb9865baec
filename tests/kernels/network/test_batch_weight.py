"""The summed weight of a batch, in the order of its rows.

That weights are those of it whether it was compiled or loaded is in promises/test_kernel_cache.py.
"""

import numpy as np
import pytest

from fastavg.kernels.network.batch_weight import batch_weight


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [0, 1, 7, 64, 1000])
def test_rows_are_added_one_after_the_other(dtype, rows):
    random = np.random.default_rng(rows)
    weights = random.exponential(size=2000).astype(dtype)
    order = random.permutation(2000)
    total = 0.0
    for row in order[5 : 5 + rows]:
        total += float(weights[row])
    assert batch_weight(weights, order, 5, rows) == total


def test_without_weights_rows_are_counted():
    assert batch_weight(np.zeros(0), np.arange(9), 3, 6) == 6.0
