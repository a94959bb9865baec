"""Products in chunks have the bits of the same products in one go."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized import float_tiles as tiles
from fastavg.kernels.vectorized.float_chunks import (
    CHUNK_BYTES,
    LEAST_COLUMNS,
    MOST_IN_PLACE,
    TILE,
    copy_size,
    copy_tiles,
    multiply_in_chunks,
    rows_of_chunk,
)
from fastavg.kernels.vectorized.float_tiles import multiply

# Rows, columns and depth: one chunk, several, one tile a chunk; tiles and vectors that are full
# and that are not.
# Numbers of a chunk of float32.
CHUNK = CHUNK_BYTES // 4
SHAPES = [
    (1, 1, 1), (TILE, 16, 3), (50, 33, 257), (2 * CHUNK // 600 + 7, 50, 600),
    (3 * TILE + 1, 17, CHUNK // TILE), (2 * TILE, 5, CHUNK),
]


@kernel(cached=False)
def in_one_go(
    rows, columns, depth, left, row_step, depth_step, right, start, target, finish, outputs
):
    size = left.itemsize
    multiply(
        rows, columns, depth, address_of(left), size * row_step, size * depth_step,
        address_of(right), size * right.shape[1], address_of(start), size, left.dtype.type(0.5),
        address_of(target), size * target.shape[1], finish, address_of(outputs),
    )


@kernel(cached=False)
def in_chunks(
    rows, columns, depth, left, row_step, depth_step, right, start, target, finish, outputs, copy,
    copies,
):
    size = left.itemsize
    multiply_in_chunks(
        rows, columns, depth, address_of(left), size * row_step, size * depth_step,
        address_of(right), size * right.shape[1], address_of(start), size, left.dtype.type(0.5),
        address_of(target), size * target.shape[1], finish, address_of(outputs),
        address_of(copy) if copies else 0,
    )


@kernel(cached=False)
def copied(rows, depth, left, ld, copy):
    size = left.itemsize
    copy_tiles(rows, depth, size, address_of(left), size * ld, address_of(copy))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("finish", [tiles.AS_IT_IS, tiles.RELU_OF, tiles.TIMES_TANH])
@pytest.mark.parametrize("way", ["in place", "in place, turned", "copied"])
@pytest.mark.parametrize("shape", SHAPES)
def test_bits_are_those_of_one_go(shape, way, finish, dtype):
    m, n, k = shape
    random = np.random.default_rng(m + n)
    wide = -(-n // 16) * 16
    # Rows side by side, with room for a tile after the last number.
    ld = m + TILE
    left = random.normal(size=(k, ld)).astype(dtype)
    steps = (1, ld)
    if way == "in place":
        left, steps = left.T.copy(), (k, 1)
    right = random.normal(size=(k, wide)).astype(dtype)
    start = random.normal(size=m).astype(dtype)
    outputs = random.uniform(-1, 1, (m, wide)).astype(dtype)
    wanted, found = np.full((2, m + 1, wide), np.nan, dtype)
    size = rows_of_chunk(k * left.itemsize) * k
    copy = np.full(size + 1, np.nan, dtype)
    given = (m, n, k, left, *steps, right, start)
    in_one_go(*given, wanted, finish, outputs)
    in_chunks(*given, found, finish, outputs, copy, way == "copied")
    assert np.isfinite(found[:m, :n]).all()
    assert np.array_equal(found, wanted, equal_nan=True)
    assert np.isnan(copy[size])
    assert np.isfinite(copy[0]) == (way == "copied")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_copy_has_the_rows_of_a_tile_side_by_side(dtype):
    rows, depth = 2 * TILE, 5
    left = np.arange(depth * 40, dtype=dtype).reshape(depth, 40)
    copy = np.zeros((2, depth, TILE), dtype)
    copied(rows, depth, left, 40, copy)
    assert np.array_equal(copy[0], left[:, :TILE])
    assert np.array_equal(copy[1], left[:, TILE:rows])


def test_only_deep_operands_of_narrow_vectors_and_many_columns_are_copied():
    for width in (4, 8):
        most, least = CHUNK_BYTES // width, LEAST_COLUMNS[width]
        assert copy_size(MOST_IN_PLACE, least, width) == 0
        assert copy_size(MOST_IN_PLACE + 1, least - 1, width) == 0
        deep = copy_size(MOST_IN_PLACE + 1, least, width)
        assert deep == 0 if tiles.WIDE else most / 2 < deep <= most
        # A chunk has a tile at least.
        large = copy_size(10 * most, least, width)
        assert large == (0 if tiles.WIDE else 10 * most * TILE)
