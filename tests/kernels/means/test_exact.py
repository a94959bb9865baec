"""``mean``, ``chunk_maxima``, ``partial_mean``: exact sums, so no order can matter."""

import numpy as np
import pytest

from fastavg.kernels.means.exact import (
    CHUNK,
    above,
    add_slots,
    chunk_maxima,
    grid_of,
    mean,
    partial_mean,
)
from fastavg.kernels.numerics.float_bits import float_bits
from tests import oracles

DTYPES = ("float32", "float64")


def slots_of(K, n, dtype, seed=0, spread=8):
    """Slots of very different magnitudes; memory with gaps, and where each slot starts."""
    random = np.random.default_rng(seed)
    values = random.normal(0, 1, (K, n)) * 10.0 ** random.integers(-spread, spread, (K, n))
    width = n + 7
    memory = np.full(K * width, np.nan, dtype)
    starts = np.arange(K) * width
    for start, row in zip(starts, values):
        memory[start : start + n] = row
    return memory, starts


def shares_of(K, seed=0):
    parts = np.random.default_rng(seed).integers(1, 9, K).astype(float)
    return parts / parts.sum()


def whole(memory, starts, shares, n):
    out = np.full(n, -1, memory.dtype)
    mean(memory, starts, np.asarray(shares, float), out)
    return out


def over_ranks(memory, starts, shares, n, ranks):
    """The mean when each rank sees its own workers, ranks adding in the order given."""
    top = np.zeros(-(-n // CHUNK))
    for workers in ranks:
        own = np.zeros_like(top)
        chunk_maxima(memory, starts[workers], n, own)
        top = np.maximum(top, own)
    total = np.zeros(n)
    for workers in ranks:
        part = np.full(n, np.nan)
        partial_mean(memory, starts[workers], shares[workers], top, part)
        total += part
    return total.astype(memory.dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 7, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
@pytest.mark.parametrize("K", [1, 3, 4, 5, 7, 8, 9, 12, 17])
def test_mean_is_chunk_maxima_and_partial_mean_in_any_split_and_order(K, n, dtype):
    memory, starts = slots_of(K, n, dtype)
    shares = shares_of(K)
    expected = whole(memory, starts, shares, n)
    everybody = list(range(K))
    random = np.random.default_rng(n)
    for ranks in (1, 2, 3, 7):
        for _ in range(3):
            order = random.permutation(K)
            split = [list(part) for part in np.array_split(order, ranks)]
            assert over_ranks(memory, starts, shares, n, split).tobytes() == expected.tobytes()
    assert whole(memory, starts[::-1], shares[::-1], n).tobytes() == expected.tobytes()
    assert over_ranks(memory, starts, shares, n, [everybody, []]).tobytes() == expected.tobytes()


def test_mean_of_tiny_numbers_has_the_same_bits_in_any_order():
    memory, starts = slots_of(5, 40, "float64")
    memory *= 1e-300
    shares = shares_of(5)
    expected = whole(memory, starts, shares, 40)
    for order in ([4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        assert over_ranks(memory, starts, shares, 40, [[k] for k in order]).tobytes() == (
            expected.tobytes()
        )


@pytest.mark.parametrize("dtype", DTYPES)
def test_mean_is_as_accurate_as_its_grid(dtype):
    K, n = 8, 300
    memory, starts = slots_of(K, n, dtype, spread=2)
    shares = shares_of(K)
    slots = [memory[start : start + n] for start in starts]
    expected = oracles.weighted_mean(slots, shares)
    largest = max(float(np.abs(slot).max()) for slot in slots)
    error = np.abs(whole(memory, starts, shares, n).astype(float) - expected)
    assert error.max() <= K * 2.0**-51 * largest + np.finfo(dtype).eps * np.abs(expected).max()


def test_mean_of_float32_is_correctly_rounded_where_magnitudes_are_alike():
    random = np.random.default_rng(5)
    slots = random.uniform(0.5, 1, (8, 500)).astype(np.float32)
    shares = np.full(8, 0.125)
    seen = whole(slots.ravel(), np.arange(8) * 500, shares, 500)
    assert (seen == oracles.weighted_mean(slots, shares).astype(np.float32)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_mean_of_one_worker_is_that_worker_to_the_last_bit(dtype):
    memory, starts = slots_of(1, 5000, dtype, spread=30)
    memory[:3] = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max, -0.0
    seen = whole(memory, starts, [1.0], 5000)
    assert (seen == memory[:5000]).all()
    assert (over_ranks(memory, starts, np.ones(1), 5000, [[], [0]]) == memory[:5000]).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_mean_of_equal_slots_is_the_slot(dtype):
    row = np.random.default_rng(0).normal(0, 1, 100).astype(dtype)
    seen = whole(np.tile(row, 8), np.arange(8) * 100, [0.125] * 8, 100)
    assert np.abs(seen - row).max() <= 8 * 2.0**-51 * np.abs(row).max()


def test_mean_leaves_out_slots_without_a_share():
    memory, starts = slots_of(3, 10, "float32")
    expected = whole(memory, starts[:2], [0.5, 0.5], 10)
    assert np.allclose(whole(memory, starts, [0.5, 0.5, 0.0], 10), expected, rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("worker", [0, 2])
def test_mean_keeps_nan_and_infinity_visible(worker, dtype, bad):
    memory, starts = slots_of(3, 2 * CHUNK, dtype)
    memory[starts[worker] + 5] = bad
    for seen in (
        whole(memory, starts, shares_of(3), 2 * CHUNK),
        over_ranks(memory, starts, shares_of(3), 2 * CHUNK, [[0], [1, 2]]),
    ):
        assert not np.isfinite(seen[5])
        # The other chunk has nothing to do with it.
        assert np.isfinite(seen[CHUNK:]).all()


def test_chunk_maxima_are_powers_of_two_above_the_magnitudes():
    values = np.zeros(2 * CHUNK + 1, np.float32)
    values[3], values[CHUNK], values[-1] = -7, 2, np.nan
    top = np.zeros(3)
    chunk_maxima(values, np.array([0]), values.size, top)
    assert top.tolist() == [8, 4, np.inf]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_grid_lies_above_and_keeps_the_bits_that_count(dtype):
    itemsize, bits = np.dtype(dtype).itemsize, 43 if dtype == "float32" else 51
    for value in (1.0, 0.75, 3e-7, 1e30):
        highest = float_bits(np.array([value], dtype))[0]
        top = above(highest, itemsize)
        assert value < top <= 2 * value
        unit = grid_of(top, itemsize) / 1.5 * 2.0**-52
        assert unit <= top * 2.0**-bits
    for value in (np.inf, np.nan):
        highest = float_bits(np.array([value], dtype))[0]
        assert above(highest, itemsize) == np.inf
    assert np.isnan(grid_of(np.inf, itemsize))


@pytest.mark.parametrize("K", [1, 2, 3, 8, 11])
def test_added_slots_are_on_the_grid_and_the_highest_is_found(K):
    memory, starts = slots_of(K, 100, "float64", spread=1)
    shares, grid, target = shares_of(K), grid_of(64.0, 8), np.empty(50)
    highest = add_slots(float_bits(memory), starts, shares, 20, grid, np.empty(50), target)
    slots = np.array([memory[start + 20 : start + 70] for start in starts])
    assert highest == float_bits(np.abs(slots).max(keepdims=True).reshape(-1))[0]
    assert np.allclose(target, shares @ slots, atol=K * grid * 2.0**-52)
