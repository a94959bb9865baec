"""Vector code that functions write themselves, called from kernels, against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.vectorized.emitter import (
    FEW_HALVES,
    FLOATS,
    LANES,
    VECTOR_BYTES,
    WORDS,
)
from tests.kernels.emitted_code import on_arrays


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


def test_halves_of_a_vector_are_read_alone():
    few = on_arrays(lambda to, source, number, target: to.store(
        to.load(source, FEW_HALVES), target
    ))
    source, target = np.arange(32, dtype=np.int16), np.zeros(32, np.int16)
    few(source, 0, target)
    assert np.array_equal(target, [*range(16), *[0] * 16])
