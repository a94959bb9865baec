"""The mean of a chunk in segments: the bits of ``mean`` on the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.chunk_mean import (
    chunk_mean,
    is_light,
    light_mean,
    nothing_below,
    put_into_slots,
)
from fastavg.kernels.means.exact import CHUNK, above, grid_of, mean
from fastavg.kernels.numerics.float_bits import float_bits

# Kernels may have to be compiled first.
pytestmark = pytest.mark.timeout(600)

# Two segments with a gap between them.
TABLE = np.array([[0, 300, 0], [320, 212, 300]])


def numbers(kind, shape, dtype, seed=0):
    random = np.random.default_rng(seed)
    values = random.normal(0, 1, shape)
    if kind == "wide":
        values *= 10.0 ** random.integers(-12, 12, shape)
    elif kind == "tiny":
        values *= 1e-38
    elif kind == "zeros":
        values[random.random(shape) < 0.5] = 0
        values[:, ::7] = -0.0
    elif kind == "one small":
        values[0, 5] = 3e-7
    return values.astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["normal", "wide", "tiny", "zeros", "one small"])
@pytest.mark.parametrize(
    "shares", [[1.0], [0.5, 0.5], [0.25, 0.75], [1.0, 0.0], [0.5, 0.25], [0.25] * 4, [0.1] * 10]
)
def test_chunk_mean_has_the_bits_of_mean(shares, kind, dtype):
    shares, size = np.array(shares), 600
    for seed in range(5):
        values = numbers(kind, (len(shares), CHUNK), dtype, seed)
        memory = np.full(len(shares) * size, np.nan, dtype)
        starts = np.arange(len(shares)) * size
        for start, row in zip(starts, values):
            memory[start : start + 300], memory[start + 320 :][:212] = row[:300], row[300:]
        expected, chunk = np.empty(CHUNK, dtype), np.empty(CHUNK, dtype)
        mean(values.reshape(-1), np.arange(len(shares)) * CHUNK, shares, expected)
        light = is_light(shares, memory.itemsize)
        for grid in (0.0, 1.5, 1e9):
            given = chunk_mean(
                float_bits(memory), memory, starts, shares, light, TABLE, 0, 2, grid,
                np.empty(CHUNK), chunk,
            )
            assert np.isfinite(given)
            assert chunk.tobytes() == expected.tobytes()
        put_into_slots(memory, starts, TABLE, 0, 2, chunk)
        for start in starts:
            assert memory[start : start + 300].tobytes() == chunk[:300].tobytes()
            assert memory[start + 320 :][:212].tobytes() == chunk[300:].tobytes()
            assert np.isnan(memory[start + 300 : start + 320]).all()


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_a_number_that_is_not_finite_is_reported(bad):
    memory = np.ones(2 * 600, np.float32)
    memory[600 + 330] = bad
    for shares in (np.array([0.5, 0.5]), np.array([0.3, 0.7])):
        assert not np.isfinite(chunk_mean(
            float_bits(memory), memory, np.array([0, 600]), shares, is_light(shares, 4), TABLE,
            0, 2, 0.0, np.empty(CHUNK), np.empty(CHUNK, np.float32),
        ))


def test_only_two_slots_of_float32_with_powers_of_two_are_light():
    assert is_light(np.array([0.5, 0.5]), 4)
    assert is_light(np.array([0.25, 0.5]), 4)
    assert not is_light(np.array([0.5, 0.5]), 8)
    assert not is_light(np.array([0.3, 0.7]), 4)
    assert not is_light(np.array([1.0, 0.0]), 4)
    assert not is_light(np.array([0.25] * 4), 4)


@pytest.mark.parametrize(("kind", "exact"), [("normal", True), ("zeros", True), ("wide", False)])
def test_one_sum_of_many_chunks_says_whether_it_is_their_exact_mean(kind, exact):
    shares, n = np.array([0.5, 0.5]), 5 * CHUNK + 100
    for seed in range(5):
        values = numbers(kind, (2, n), "float32", seed)
        expected, found = np.empty(n, np.float32), np.empty(n, np.float32)
        mean(values.reshape(-1), np.arange(2) * n, shares, expected)
        memory = np.concatenate([[np.nan] * 3, values.reshape(-1)]).astype(np.float32)
        starts = np.arange(2) * n + 1
        assert light_mean(float_bits(memory), memory, starts, shares, 2, found) == exact
        assert (found.tobytes() == expected.tobytes()) == exact
    values[0, 700] = np.inf
    assert not light_mean(float_bits(values.reshape(-1)), values.reshape(-1), np.arange(2) * n,
                          shares, 0, found)


@pytest.mark.parametrize(("least", "below"), [(1e-3, True), (1e-30, False)])
def test_a_number_far_below_the_highest_one_has_bits_below_the_grid(least, below):
    highest, lowest = np.array([1.0, least], np.float32).view(np.int32)
    grid, shares = grid_of(above(highest, 4), 4), np.array([0.5, 0.5])
    assert nothing_below(grid, lowest - 1, shares) == below
    # Nothing but zeros, and something that is not finite.
    assert nothing_below(grid, np.int32(-1), shares)
    assert not nothing_below(np.nan, lowest - 1, shares)
