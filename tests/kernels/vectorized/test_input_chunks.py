"""Inputs in chunks of columns, and their products, against NumPy's."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.input_chunks import (
    add_gradient_of_chunks,
    gather_chunks,
    multiply_chunks,
)

ZEROS = np.zeros(1, np.float32)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_piece_lies_in_chunks(dtype):
    random = np.random.default_rng(0)
    X, order, ld = random.random((20, 11)).astype(dtype), random.permutation(20), 16
    blocks = np.full(9 * ld, -1, dtype)
    gather_chunks(X, order, 3, 9, 4, 5, blocks, ld)
    for start in (0, 4, 8):
        rows = X[order[3 + start : min(7 + start, 12)]]
        wanted = [rows[:, c : c + 5].ravel() for c in (0, 5, 10)]
        memory = blocks[start * ld : (start + len(rows)) * ld]
        assert np.array_equal(memory[: rows.size], np.concatenate(wanted))
        assert (memory[rows.size :] == -1).all()


@kernel(cached=False)
def outputs_of(rows, chunk, inputs, weights, scale, target):
    multiply_chunks(
        rows, weights.shape[1], weights.shape[0], chunk, address_of(inputs), address_of(weights),
        4 * weights.shape[1], address_of(ZEROS), scale, address_of(target), 4 * target.shape[1],
    )


@kernel(cached=False)
def gradient_of(rows, chunk, inputs, errors, scale, target):
    add_gradient_of_chunks(
        rows, errors.shape[1], target.shape[0], chunk, address_of(inputs), address_of(errors),
        4 * errors.shape[1], address_of(ZEROS), scale, address_of(target), 4 * target.shape[1],
    )


@pytest.mark.parametrize(("fan_in", "chunk"), [(1, 1), (30, 30), (31, 8), (225, 113)])
@pytest.mark.parametrize("rows", [1, 13, 112, 227])
def test_products_are_those_of_rows(fan_in, chunk, rows):
    random = np.random.default_rng(rows)

    def normal(*shape):
        return random.normal(size=shape).astype(np.float32)

    X, weights, errors = normal(rows, fan_in), normal(fan_in, 144), normal(rows, 144)
    inputs = np.zeros(X.size, np.float32)
    gather_chunks(X, np.arange(rows), 0, rows, rows, chunk, inputs, fan_in)
    target = np.full((rows + 1, 144), np.nan, np.float32)
    outputs_of(rows, chunk, inputs, weights, np.float32(0.5), target)
    wanted = 0.5 * (X.astype(float) @ weights)
    assert np.abs(target[:rows] - wanted).max() <= 2e-6 * fan_in**0.5 * np.abs(wanted).max()
    assert np.isnan(target[rows]).all()
    before = normal(fan_in, 144)
    gradient = before.copy()
    gradient_of(rows, chunk, inputs, errors, np.float32(0.25), gradient)
    wanted = before + 0.25 * (X.T.astype(float) @ errors)
    assert np.abs(gradient - wanted).max() <= 2e-6 * rows**0.5 * np.abs(wanted).max()
