"""Products in chunks have the bits of the same products in one go."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized import float32_tiles as tiles
from fastavg.kernels.vectorized.float32_chunks import (
    CHUNK,
    MOST_IN_PLACE,
    TILE,
    copy_size,
    copy_tiles,
    multiply_in_chunks,
    rows_of_chunk,
)
from fastavg.kernels.vectorized.float32_tiles import multiply

# Rows, columns and depth: one chunk, several, one tile a chunk; tiles and vectors that are full
# and that are not.
SHAPES = [
    (1, 1, 1), (TILE, 16, 3), (50, 33, 257), (2 * CHUNK // 600 + 7, 50, 600),
    (3 * TILE + 1, 17, CHUNK // TILE), (2 * TILE, 5, CHUNK),
]


@kernel(cached=False)
def in_one_go(
    rows, columns, depth, left, row_step, depth_step, right, start, target, finish, outputs
):
    multiply(
        rows, columns, depth, address_of(left), 4 * row_step, 4 * depth_step, address_of(right),
        4 * right.shape[1], address_of(start), 4, np.float32(0.5), address_of(target),
        4 * target.shape[1], finish, address_of(outputs),
    )


@kernel(cached=False)
def in_chunks(
    rows, columns, depth, left, row_step, depth_step, right, start, target, finish, outputs, copy,
    copies,
):
    multiply_in_chunks(
        rows, columns, depth, address_of(left), 4 * row_step, 4 * depth_step, address_of(right),
        4 * right.shape[1], address_of(start), 4, np.float32(0.5), address_of(target),
        4 * target.shape[1], finish, address_of(outputs), address_of(copy) if copies else 0,
    )


@kernel(cached=False)
def copied(rows, depth, left, ld, copy):
    copy_tiles(rows, depth, address_of(left), 4 * ld, address_of(copy))


@pytest.mark.parametrize("finish", [tiles.AS_IT_IS, tiles.RELU_OF, tiles.TIMES_TANH])
@pytest.mark.parametrize("way", ["in place", "in place, turned", "copied"])
@pytest.mark.parametrize("shape", SHAPES)
def test_bits_are_those_of_one_go(shape, way, finish):
    m, n, k = shape
    random = np.random.default_rng(m + n)
    wide = -(-n // 16) * 16
    # Rows side by side, with room for a tile after the last number.
    ld = m + TILE
    left = random.normal(size=(k, ld)).astype(np.float32)
    steps = (1, ld)
    if way == "in place":
        left, steps = left.T.copy(), (k, 1)
    right = random.normal(size=(k, wide)).astype(np.float32)
    start = random.normal(size=m).astype(np.float32)
    outputs = random.uniform(-1, 1, (m, wide)).astype(np.float32)
    wanted, found = np.full((2, m + 1, wide), np.nan, np.float32)
    size = rows_of_chunk(k) * k
    copy = np.full(size + 1, np.nan, np.float32)
    given = (m, n, k, left, *steps, right, start)
    in_one_go(*given, wanted, finish, outputs)
    in_chunks(*given, found, finish, outputs, copy, way == "copied")
    assert np.isfinite(found[:m]).all()
    assert np.array_equal(found, wanted, equal_nan=True)
    assert np.isnan(copy[size])
    assert np.isfinite(copy[0]) == (way == "copied")


def test_a_copy_has_the_rows_of_a_tile_side_by_side():
    rows, depth = 2 * TILE, 5
    left = np.arange(depth * 40, dtype=np.float32).reshape(depth, 40)
    copy = np.zeros((2, depth, TILE), np.float32)
    copied(rows, depth, left, 40, copy)
    assert np.array_equal(copy[0], left[:, :TILE])
    assert np.array_equal(copy[1], left[:, TILE:rows])


def test_only_deep_operands_of_narrow_vectors_are_copied():
    assert copy_size(MOST_IN_PLACE) == 0
    deep = copy_size(MOST_IN_PLACE + 1)
    assert deep == 0 if tiles.WIDE else CHUNK / 2 < deep <= CHUNK
    # A chunk has a tile at least.
    assert copy_size(10 * CHUNK) == (0 if tiles.WIDE else 10 * CHUNK * TILE)
