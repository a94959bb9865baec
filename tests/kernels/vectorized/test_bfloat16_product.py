"""Packed bfloat16 operands and their products against NumPy with the same rounding."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.bfloat16_forms import panel_bytes, row_bytes
from fastavg.kernels.vectorized.bfloat16_product import multiply
from fastavg.kernels.vectorized.target import multiplies_bfloat16
from tests import oracles
from tests.kernels.vectorized.packed import (
    gapped,
    left_memory,
    pack_both_ways,
    pack_left,
    pack_right,
    pack_with_rows,
    right_memory,
    turn_left,
)

pytestmark = pytest.mark.skipif(
    not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)
SHAPES = [
    (1, 1, 1), (2, 3, 5), (7, 16, 2), (12, 17, 31), (13, 33, 32), (50, 49, 33), (33, 64, 64),
    (31, 65, 70), (96, 130, 129), (257, 300, 150),
]


@kernel(cached=False)
def multiply_arrays(rows, columns, depth, left, left_ld, right, distance, scale, target):
    """The product of two packed operands."""
    multiply(
        rows, columns, (depth + 1) // 2, address_of(left), left_ld, address_of(right), distance,
        scale, address_of(target), 4 * target.shape[1],
    )


def product(m, n, k, left, left_ld, right, scale=1.0):
    target = np.full((m, -(-n // 16) * 16), np.nan, np.float32)
    multiply_arrays(m, n, k, left, left_ld, right, panel_bytes(k), np.float32(scale), target)
    return target[:, :n]


def same(actual, a, b, scale=1.0):
    a, b = oracles.bfloat16(a), oracles.bfloat16(b)
    # Sums are rounded to float32 one by one.
    bound = 2.0**-24 * (a.shape[1] + 1) ** 0.5 * scale * (np.abs(a) @ np.abs(b))
    assert (np.abs(actual - scale * (a @ b)) <= bound).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_product_of_rows_and_panels(shape):
    m, n, k = shape
    random = np.random.default_rng(m)
    a, left = gapped(random, m, k)
    b, right = gapped(random, k, n)
    rows, panels = left_memory(m, k), right_memory(k, n)
    pack_left(a, m, k, rows, row_bytes(k))
    # In pieces, as after an update of some rows.
    for first in range(0, k, 48):
        pack_right(b, first, min(first + 48, k), k, n, panels, panel_bytes(k))
    same(product(m, n, k, rows, row_bytes(k), panels, 0.25), left, right, 0.25)


@pytest.mark.parametrize("shape", SHAPES)
def test_product_of_transposed_rows(shape):
    m, n, k = shape
    random = np.random.default_rng(m)
    a, left = gapped(random, k, m)
    b, right = gapped(random, k, n)
    rows, turned, panels, twice = (
        left_memory(k, m), left_memory(m, k), right_memory(k, n), left_memory(k, n)
    )
    pack_left(a, k, m, rows, row_bytes(m))
    turn_left(rows, row_bytes(m), k, m, turned, row_bytes(-(-k // 32) * 32))
    pack_with_rows(b, k, n, panels, panel_bytes(k), twice, row_bytes(n))
    same(product(m, n, k, turned, row_bytes(-(-k // 32) * 32), panels), left.T, right)
    # What was packed as rows beside the panels is a left operand like any other.
    c, other = gapped(random, n, 7)
    third = right_memory(n, 7)
    pack_right(c, 0, n, n, 7, third, panel_bytes(n))
    same(product(k, 7, n, twice, row_bytes(n), third), right, other)


@pytest.mark.parametrize("shape", SHAPES)
def test_product_of_transposed_panels(shape):
    m, n, k = shape
    random = np.random.default_rng(m)
    a, left = gapped(random, m, k)
    b, right = gapped(random, n, k)
    rows, panels, turned = left_memory(m, k), right_memory(n, k), right_memory(k, n)
    pack_left(a, m, k, rows, row_bytes(k))
    for first in range(0, n, 48):
        pack_both_ways(
            b, first, min(first + 48, n), n, k, panels, panel_bytes(n), turned, panel_bytes(k)
        )
    same(product(m, n, k, rows, row_bytes(k), turned), left, right.T)
    # And the same rows as they are.
    c, other = gapped(random, m, n)
    again = left_memory(m, n)
    pack_left(c, m, n, again, row_bytes(n))
    same(product(m, k, n, again, row_bytes(n), panels), other, right)


def test_rounding_is_to_the_nearest_even_and_keeps_what_is_not_finite():
    values = np.array([
        1.0, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 1 + 2.0**-8 + 2.0**-20, -1 - 2.0**-8, 3e38, 1e-40,
        2.0**-126, np.inf, -np.inf, np.nan, -0.0,
    ], np.float32)
    rows, panels = left_memory(1, 2), right_memory(2, 1)
    pack_left(np.array([[1, 0]], np.float32), 1, 2, rows, row_bytes(2))
    got = []
    for value in values:
        pack_right(np.array([[value], [0]], np.float32), 0, 2, 2, 1, panels, panel_bytes(2))
        got.append(product(1, 1, 2, rows, row_bytes(2), panels)[0, 0])
    assert np.array_equal(got, oracles.bfloat16(values), equal_nan=True)
    assert got[1:4] == [1, 1 + 2.0**-6, 1 + 2.0**-7]
