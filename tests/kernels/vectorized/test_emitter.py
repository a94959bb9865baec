"""Vector code that functions write themselves, called from kernels, against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.emitter import (
    FEW_HALVES,
    FLOATS,
    HALVES,
    LANES,
    VECTOR_BYTES,
    WORDS,
    emitted,
)
from fastavg.kernels.vectorized.target import multiplies_bfloat16
from tests import oracles

needs_bfloat16 = pytest.mark.skipif(
    not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)


def on_arrays(write):
    """A compiled function of two arrays and a number, whose code ``write`` emits."""
    inner = emitted(write)

    @kernel(cached=False)
    def outer(source, number, target):
        inner(address_of(source), number, address_of(target))

    return outer


@pytest.mark.parametrize("count", [-3, 0, 1, 7, 15, 16, 40])
def test_lanes_that_are_not_asked_for_are_zero_and_not_read(count):
    masked = on_arrays(lambda to, source, count, target: to.store(
        to.load_lanes(source, to.first_lanes(count)), target
    ))
    source, target = np.arange(1, 17, dtype=np.float32), np.full(17, -1, np.float32)
    masked(source, count, target)
    expected = np.where(np.arange(16) < count, source, 0)
    assert np.array_equal(target, [*expected, -1])


def test_addresses_are_bytes():
    def write(to, source, distance, target):
        at = to.after(to.after(source, to.times(distance, 3)), to.times(distance, 0))
        to.store(to.load(to.after(at, 4), FLOATS), to.after(target, 0))

    moved = on_arrays(write)
    source, target = np.arange(64, dtype=np.float32), np.zeros(16, np.float32)
    moved(source, 40, target)
    assert np.array_equal(target, source[31:47])


def test_a_number_in_all_lanes():
    spread = on_arrays(lambda to, source, number, target: to.store(to.splat(number), target))
    target = np.zeros(16, np.float32)
    spread(target, np.float32(2.5), target)
    assert (target == 2.5).all()


def test_lanes_of_two_vectors_in_a_new_order():
    order = [3, 31, 0, 16]

    def write(to, source, number, target):
        low, high = (to.load(to.after(source, at), WORDS) for at in (0, VECTOR_BYTES))
        to.store(to.shuffle(low, high, order), target)

    shuffled = on_arrays(write)
    source, target = np.arange(32, dtype=np.int32), np.zeros(4, np.int32)
    shuffled(source, 0, target)
    assert target.tolist() == order


@pytest.mark.parametrize("span", [8, 4])
def test_sixteen_vectors_are_transposed(span):
    def write(to, source, number, target):
        rows = [to.load(to.after(source, VECTOR_BYTES * row), WORDS) for row in range(LANES)]
        for row, words in enumerate(to.transposed(rows, span)):
            to.store(words, to.after(target, VECTOR_BYTES * row))

    transpose = on_arrays(write)
    source = np.arange(256, dtype=np.int32).reshape(16, 16)
    target = np.zeros_like(source)
    transpose(source, 0, target)
    if span == 8:
        assert np.array_equal(target, source.T)
    else:
        # The first round is left out: both halves are transposed where they are.
        blocks = source.reshape(2, 8, 2, 8)
        assert np.array_equal(target.reshape(2, 8, 2, 8), blocks.transpose(0, 3, 2, 1))


def test_pairs_of_two_rows():
    def write(to, source, number, target):
        upper, lower = (to.load(to.after(source, at), HALVES) for at in (0, VECTOR_BYTES))
        for index, words in enumerate(to.paired(upper, lower)):
            to.store(words, to.after(target, VECTOR_BYTES * index))

    paired = on_arrays(write)
    source, target = np.arange(64, dtype=np.int16), np.zeros(64, np.int16)
    paired(source, 0, target)
    assert np.array_equal(target.reshape(32, 2), source.reshape(2, 32).T)


def test_halves_of_a_vector_are_read_alone():
    few = on_arrays(lambda to, source, number, target: to.store(
        to.load(source, FEW_HALVES), target
    ))
    source, target = np.arange(32, dtype=np.int16), np.zeros(32, np.int16)
    few(source, 0, target)
    assert np.array_equal(target, [*range(16), *[0] * 16])


@needs_bfloat16
def test_rounding_to_bfloat16_and_the_order_of_both_halves():
    def write(to, source, number, target):
        low, high = (to.load(to.after(source, at), FLOATS) for at in (0, VECTOR_BYTES))
        to.store(to.to_bfloat16(low, high), target)

    rounded = on_arrays(write)
    source = np.random.default_rng(0).normal(0, 1, 32).astype(np.float32)
    source[[3, 9, 20]] = np.inf, 1e-40, 1 + 3 * 2.0**-8
    target = np.zeros(32, np.uint16)
    rounded(source, 0, target)
    upper = oracles.bfloat16(source).astype(np.float32).view(np.uint32) >> 16
    assert np.array_equal(target, upper)


@needs_bfloat16
def test_products_of_pairs_are_added():
    def write(to, source, number, target):
        left, right = (to.load(to.after(source, at), WORDS) for at in (0, VECTOR_BYTES))
        to.store(to.multiply_pairs(to.load(target, FLOATS), left, right), target)

    added = on_arrays(write)
    random = np.random.default_rng(1)
    left, right = (oracles.bfloat16(random.normal(0, 1, 32)) for _ in "12")
    source = (np.stack([left, right]).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    before = random.normal(0, 1, 16).astype(np.float32)
    target = before.copy()
    added(source, 0, target)
    expected = before + (left * right).reshape(16, 2).sum(axis=1)
    assert np.allclose(target, expected, rtol=1e-6, atol=1e-6)
