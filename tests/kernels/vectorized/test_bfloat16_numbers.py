"""Bfloat16 in vector code against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.vectorized.bfloat16_numbers import multiply_pairs, paired, to_bfloat16
from fastavg.kernels.vectorized.emitter import FLOATS, HALVES, VECTOR_BYTES, WORDS
from fastavg.kernels.vectorized.target import multiplies_bfloat16
from tests import oracles
from tests.kernels.emitted_code import on_arrays

needs_bfloat16 = pytest.mark.skipif(
    not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)


def test_pairs_of_two_rows():
    def write(to, source, number, target):
        upper, lower = (to.load(to.after(source, at), HALVES) for at in (0, VECTOR_BYTES))
        for index, words in enumerate(paired(to, upper, lower)):
            to.store(words, to.after(target, VECTOR_BYTES * index))

    pairs = on_arrays(write)
    source, target = np.arange(64, dtype=np.int16), np.zeros(64, np.int16)
    pairs(source, 0, target)
    assert np.array_equal(target.reshape(32, 2), source.reshape(2, 32).T)


@needs_bfloat16
def test_rounding_to_bfloat16_and_the_order_of_both_halves():
    def write(to, source, number, target):
        low, high = (to.load(to.after(source, at), FLOATS) for at in (0, VECTOR_BYTES))
        to.store(to_bfloat16(to, low, high), target)

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
        to.store(multiply_pairs(to, to.load(target, FLOATS), left, right), target)

    added = on_arrays(write)
    random = np.random.default_rng(1)
    left, right = (oracles.bfloat16(random.normal(0, 1, 32)) for _ in "12")
    source = (np.stack([left, right]).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    before = random.normal(0, 1, 16).astype(np.float32)
    target = before.copy()
    added(source, 0, target)
    expected = before + (left * right).reshape(16, 2).sum(axis=1)
    assert np.allclose(target, expected, rtol=1e-6, atol=1e-6)
