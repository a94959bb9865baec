"""Transposing whole squares, and rows of a batch from wherever they lie."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.float32_turning import gather_turned, turn


@kernel(cached=False)
def turn_array(source, rows, columns, target):
    """A matrix transposed."""
    turn(
        address_of(source), 4 * source.shape[1], rows, columns, address_of(target),
        4 * target.shape[1],
    )


@kernel(cached=False)
def gather_array(source, order, rows, target):
    """Some rows of a matrix, transposed."""
    gather_turned(
        address_of(source), 4 * source.shape[1], source.shape[1], address_of(order), rows,
        address_of(target), 4 * target.shape[1],
    )


def lined(size):
    return -(-size // 16) * 16


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (16, 16), (5, 33), (50, 7), (48, 64)])
def test_turned_matrix_with_zeros_after_its_rows(rows, columns):
    source = np.random.default_rng(rows).normal(size=(rows, lined(columns))).astype(np.float32)
    target = np.full((lined(columns), lined(rows)), np.nan, np.float32)
    turn_array(source, rows, columns, target)
    assert np.array_equal(target[:columns, :rows], source.T[:columns])
    assert not target[:, rows:].any()


@pytest.mark.parametrize("columns", [1, 3, 16, 20, 33, 150])
@pytest.mark.parametrize("rows", [1, 15, 16, 40])
def test_gathered_rows_and_zeros_after_their_columns(rows, columns):
    random = np.random.default_rng(rows)
    # The last row ends where the memory ends, as far as anybody may read.
    source = random.normal(size=(60, columns)).astype(np.float32)
    order = random.permutation(60)[:rows]
    order[-1] = 59
    target = np.full((lined(columns), lined(rows)), np.nan, np.float32)
    gather_array(source, order, rows, target)
    assert np.array_equal(target[:columns, :rows], source[order].T)
    assert not target[columns:].any()
    # After the last row it comes again.
    assert np.array_equal(
        target[:columns, rows:], np.repeat(source[order[-1:]].T, lined(rows) - rows, 1)
    )
