"""Transposing whole squares, and rows of a batch from wherever they lie."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.float_turning import gather_turned, turn


@kernel(cached=False)
def turn_array(source, rows, columns, target):
    """A matrix transposed."""
    turn(
        address_of(source), source.itemsize * source.shape[1], rows, columns,
        address_of(target), source.itemsize * target.shape[1], source.dtype.type(0),
    )


@kernel(cached=False)
def gather_array(source, order, rows, target):
    """Some rows of a matrix, transposed."""
    gather_turned(
        address_of(source), source.itemsize * source.shape[1], source.shape[1],
        address_of(order), rows, address_of(target), source.itemsize * target.shape[1],
        source.dtype.type(0),
    )


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    return np.dtype(request.param)


def whole(size, dtype):
    lanes = 64 // dtype.itemsize
    return -(-size // lanes) * lanes


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (16, 16), (5, 33), (50, 7), (48, 64)])
def test_turned_matrix_with_zeros_after_its_rows(rows, columns, dtype):
    wide = whole(columns, dtype)
    source = np.random.default_rng(rows).normal(size=(rows, wide)).astype(dtype)
    target = np.full((wide, whole(rows, dtype)), np.nan, dtype)
    turn_array(source, rows, columns, target)
    assert np.array_equal(target[:columns, :rows], source.T[:columns])
    assert not target[:, rows:].any()


@pytest.mark.parametrize("columns", [1, 3, 16, 20, 33, 150])
@pytest.mark.parametrize("rows", [1, 15, 16, 40])
def test_gathered_rows_and_zeros_after_their_columns(rows, columns, dtype):
    random = np.random.default_rng(rows)
    # The last row ends where the memory ends, as far as anybody may read.
    source = random.normal(size=(60, columns)).astype(dtype)
    order = random.permutation(60)[:rows]
    order[-1] = 59
    high = whole(rows, dtype)
    target = np.full((whole(columns, dtype), high), np.nan, dtype)
    gather_array(source, order, rows, target)
    assert np.array_equal(target[:columns, :rows], source[order].T)
    assert not target[columns:].any()
    # After the last row it comes again.
    assert np.array_equal(
        target[:columns, rows:], np.repeat(source[order[-1:]].T, high - rows, 1)
    )
