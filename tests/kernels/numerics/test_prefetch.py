"""Prefetching changes nothing but time, and touches nothing that is not there."""

import numpy as np
import pytest

from fastavg.kernels.numerics.prefetch import (
    prefetch_columns,
    prefetch_rows,
    prefetch_span,
    prefetch_to_write,
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [1, 16, 400])
def test_prefetch_rows(columns, dtype):
    X = np.arange(5 * columns, dtype=dtype).reshape(5, columns)
    before = X.copy()
    prefetch_rows(X, np.array([4, 0, 3]), 0, 3)
    prefetch_rows(X, np.array([4, 0, 3]), 3, 3)
    prefetch_columns(X, np.array([4, 0, 3]), 0, 3, columns // 2, columns)
    assert (before == X).all()


@pytest.mark.parametrize("prefetch", [prefetch_span, prefetch_to_write])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_prefetch_a_part_of_an_array(dtype, prefetch):
    numbers = np.arange(100, dtype=dtype)
    before = numbers.copy()
    for first, count in ((0, 100), (99, 1), (100, 0), (50, -7)):
        prefetch(numbers, first, count)
    assert (before == numbers).all()
