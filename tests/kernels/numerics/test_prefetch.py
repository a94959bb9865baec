"""Asking for memory changes nothing but time, and touches no row that is not there."""

import numpy as np
import pytest

from fastavg.kernels.numerics.prefetch import prefetch_columns, prefetch_rows


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [1, 16, 400])
def test_prefetch_rows(columns, dtype):
    X = np.arange(5 * columns, dtype=dtype).reshape(5, columns)
    before = X.copy()
    prefetch_rows(X, np.array([4, 0, 3]), 0, 3)
    prefetch_rows(X, np.array([4, 0, 3]), 3, 3)
    prefetch_columns(X, np.array([4, 0, 3]), 0, 3, columns // 2, columns)
    assert (before == X).all()
