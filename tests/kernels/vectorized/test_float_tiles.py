"""Products in registers against sums that are rounded in the same order."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized import float_tiles as tiles
from fastavg.kernels.vectorized.float_tiles import multiply

# Rows, columns and depth: every height of a tile, every number of vectors, several panels.
WIDER = np.longdouble
DTYPES = ["float32", "float64"]
SHAPES = [
    (1, 1, 1), (3, 16, 5), (16, 10, 7), (31, 16, 33), (12, 32, 4), (25, 25, 40), (7, 48, 3),
    (23, 45, 9), (6, 64, 50), (13, 64, 2), (50, 130, 17),
]


@kernel(cached=False)
def multiply_and_finish(
    rows, columns, depth, left, row_step, depth_step, right, start, scale, target, finish, outputs
):
    """The product of arrays; steps are counted in numbers."""
    size = left.itemsize
    multiply(
        rows, columns, depth, address_of(left), size * row_step, size * depth_step,
        address_of(right), size * right.shape[1], address_of(start), size, scale,
        address_of(target), size * target.shape[1], finish, address_of(outputs),
    )


def multiply_arrays(rows, columns, depth, left, row_step, depth_step, right, start, scale, target):
    multiply_and_finish(
        rows, columns, depth, left, row_step, depth_step, right, start, target.dtype.type(scale),
        target, tiles.AS_IT_IS, target,
    )


def sums(left, right, start, scale):
    """What the order and the rounding of the sums make of exact products."""
    total = np.repeat(start[:, None], right.shape[1], 1)
    for k in range(left.shape[1]):
        # The product of two float32 is exact in float64, and that of two float64 almost.
        exact = np.multiply.outer(left[:, k].astype(WIDER), right[k].astype(WIDER))
        total = (exact + total).astype(left.dtype)
    return total * left.dtype.type(scale)


def operands(m, n, k, dtype="float32"):
    random = np.random.default_rng(m + 100 * n)
    wide = -(-n // 16) * 16
    left, right = random.normal(size=(m, k)), random.normal(size=(k, wide))
    return left.astype(dtype), right.astype(dtype), random.normal(size=m).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_product_from_a_start(shape, turned, dtype):
    m, n, k = shape
    left, right, start = operands(m, n, k, dtype)
    given, steps = (left.T.copy(), (1, m)) if turned else (left, (k, 1))
    # Gaps between rows, and rows after the last: neither is written.
    target = np.full((m + 1, right.shape[1] + 3), np.nan, dtype)
    multiply_arrays(m, n, k, given, *steps, right, start, 0.25, target)
    # Whole vectors of columns are.
    written = -(-n // (64 // target.itemsize)) * (64 // target.itemsize)
    wanted = sums(left, right[:, :written], start, 0.25)
    # The wider dtype rounds once more than a fused product, which is seen in one sum of many.
    most = 8 * np.finfo(dtype).eps * np.abs(wanted).max() * k**0.5
    assert np.abs(target[:m, :written] - wanted).max() <= most
    assert np.isnan(target[m]).all()
    assert np.isnan(target[:, written:]).all()


FINISHES = {
    tiles.RELU_OF: lambda z, out: np.maximum(z, 0),
    tiles.TIMES_RELU: lambda z, out: np.where(out > 0, z, 0),
    tiles.TIMES_LOGISTIC: lambda z, out: z * out * (1 - out),
    tiles.TIMES_TANH: lambda z, out: z * (1 - out**2),
    tiles.ADDED: lambda z, out: z + out,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", FINISHES)
@pytest.mark.parametrize("shape", SHAPES[3:])
def test_a_product_is_finished(shape, kind, dtype):
    m, n, k = shape
    left, right, start = operands(m, n, k, dtype)
    start[0] = np.nan
    given, one = (m, n, k, left, k, 1, right, start), np.dtype(dtype).type(1)
    plain, finished = np.zeros((2, m, right.shape[1]), dtype)
    outputs = np.random.default_rng(1).uniform(-1, 1, plain.shape).astype(dtype)
    multiply_arrays(*given, 1, plain)
    multiply_and_finish(*given, one, finished, kind, outputs)
    written = -(-n // (64 // plain.itemsize)) * (64 // plain.itemsize)
    wanted = FINISHES[kind](plain.astype(WIDER), outputs.astype(WIDER))[:, :written]
    most = 8 * np.finfo(dtype).eps
    assert np.allclose(finished[:, :written], wanted, rtol=most, atol=most, equal_nan=True)
    assert not finished[:, written:].any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_bits_do_not_depend_on_tiles(dtype):
    left, right, start = operands(37, 80, 21, dtype)
    whole = np.zeros((37, 80), dtype)
    multiply_arrays(37, 80, 21, left, 21, 1, right, start, 1, whole)
    for r in range(37):
        one = np.zeros((1, 80), dtype)
        multiply_arrays(1, 80, 21, left[r], 21, 1, right, start[r:], 1, one)
        assert np.array_equal(one[0], whole[r])
    # Lanes along the other operand: the product of the transposed operands.
    other = np.zeros((80, 48), dtype)
    rows = np.zeros((21, 48), dtype)
    rows[:, :37] = left.T
    zero = np.zeros(80, dtype)
    multiply_arrays(37, 80, 21, left, 21, 1, right, zero, 1, whole)
    multiply_arrays(80, 37, 21, right, 1, 80, rows, zero, 1, other)
    assert np.array_equal(other[:, :37], whole.T)


def test_numbers_that_are_not_finite_stay_in_their_row():
    left, right, start = operands(9, 16, 4)
    left[3, 2] = np.nan
    target = np.zeros((9, 16), np.float32)
    multiply_arrays(9, 16, 4, left, 4, 1, right, start, 1, target)
    assert np.isnan(target).all(axis=1).tolist() == [row == 3 for row in range(9)]
    assert np.isfinite(np.delete(target, 3, 0)).all()
