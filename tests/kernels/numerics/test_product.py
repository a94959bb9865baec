"""``product`` and ``transpose`` against NumPy, on matrices whose rows have gaps."""

import numpy as np
import pytest

from fastavg.kernels.blas.first_level_cache import first_level_cache
from fastavg.kernels.numerics.product import COLUMNS, DEPTH, TILE, depth_of, product
from fastavg.kernels.numerics.transpose import SQUARE, transpose

SHAPES = [
    (1, 1, 1), (1, 7, 33), (3, 1, 5), (17, 33, 7), (64, 64, 64), (100, 128, 129),
    (130, 25, 400), (257, 300, 150), (500, 10, 400), (150, 64, 784),
]


def gapped(random, rows, columns, dtype, gap=3):
    memory = random.normal(0, 1, (rows, columns + gap)).astype(dtype)
    return memory, memory[:, :columns]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("shape", SHAPES)
def test_product(shape, turned, dtype):
    m, n, k = shape
    ta, tb = turned
    random = np.random.default_rng(m)
    a, left = gapped(random, *((k, m) if ta else (m, k)), dtype)
    b, right = gapped(random, *((n, k) if tb else (k, n)), dtype)
    c, _ = gapped(random, m, n, dtype)
    before = c.copy()
    number = np.dtype(dtype).type
    product(
        ta, tb, m, n, k, number(0.5), a.reshape(-1), a.shape[1], b.reshape(-1), b.shape[1],
        number(2), c.reshape(-1), c.shape[1], np.zeros(TILE, dtype),
    )
    whole = (left.T if ta else left).astype(float) @ (right.T if tb else right).astype(float)
    expected = 0.5 * whole + 2 * before[:, :n].astype(float)
    tolerance = (2e-7 if dtype == "float32" else 1e-15) * (10 + 4 * k**0.5)
    assert np.abs(c[:, :n] - expected).max() < tolerance * 4
    assert (c[:, n:] == before[:, n:]).all()


def test_product_overwrites_whatever_was_there():
    c = np.full(4, np.nan)
    eye = np.eye(2).reshape(-1)
    product(False, False, 2, 2, 2, 1.0, eye, 2, eye, 2, 0.0, c, 2, np.zeros(TILE))
    assert c.tolist() == [1, 0, 0, 1]


def test_a_piece_of_the_right_operand_leaves_room_in_the_first_level_cache():
    assert first_level_cache() * 2 / 3 + 1024 >= COLUMNS * DEPTH * 4
    assert DEPTH % SQUARE == 0


@pytest.mark.parametrize("k", [1, 15, 16, 63, 64, 65, 100, 128, 129, 300, 784])
def test_pieces_are_whole_squares_of_like_depth(k):
    depth = depth_of(k)
    assert depth == k or depth % SQUARE == 0
    assert 0 < depth <= DEPTH
    # As few pieces as there can be.
    assert -(-k // depth) == -(-k // DEPTH)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 1), (5, 16), (16, 16), (16, 33), (40, 17), (128, 64)])
def test_transpose(shape, dtype):
    rows, columns = shape
    random = np.random.default_rng(rows)
    memory, block = gapped(random, rows, columns, dtype)
    target = np.full(7 + columns * (rows + 2), np.nan, dtype)
    transpose(memory.reshape(-1), 0, memory.shape[1], rows, columns, target, 7, rows + 2)
    seen = target[7:].reshape(columns, rows + 2)
    assert (seen[:, :rows] == block.T).all()
    assert np.isnan(seen[:, rows:]).all()
    assert np.isnan(target[:7]).all()
