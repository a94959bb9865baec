"""Means in few bits: whole numbers of a chunk's steps, and what is drawn for each."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.means import quantised
from fastavg.kernels.means.quantised import CHUNK, MOST

KEYS = np.array([5, 9, 1 << 60], np.uint64)


def problem(n, dtype, slots=3):
    random = np.random.default_rng(n)
    center = random.standard_normal(n).astype(dtype)
    change = random.standard_normal((slots, n)) * np.exp(random.standard_normal(n))
    memory = (center + change).astype(dtype)
    shares = np.array([0.5, 0.0, 0.5][:slots])
    memory[1, :] = np.nan
    return memory.reshape(-1), np.arange(slots) * n, shares, center


def drawn(places, key):
    """The numbers from 0 to 1 that a key has for places."""
    def stirred(x):
        x = ((x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)).astype(np.uint32)
        x = ((x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)).astype(np.uint32)
        return x ^ (x >> np.uint32(16))

    x = int(key)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = ((x ^ (x >> shift)) * factor) % 2**64
    x ^= x >> 31
    low, high = np.uint32(x & 0xFFFFFFFF), np.uint32(x >> 32)
    bits = places.astype(np.uint32) * np.uint32(0x9E3779B9) + low
    return (stirred(stirred(bits) ^ high) >> np.uint32(8)).astype(np.float32) / 2**24


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, CHUNK, 3 * CHUNK + 7])
def test_changes_are_whole_numbers_as_the_oracle_has_them(n, dtype):
    memory, starts, shares, center = problem(n, dtype)
    chunks = -(-n // CHUNK)
    top = np.full(chunks, np.nan, dtype)
    quantised.change_maxima(memory, starts, shares, center, top)
    rows = memory.reshape(3, n)[[0, 2]]
    changes = np.asarray(0.5, dtype) * (rows - center)
    padded = np.zeros((2, chunks * CHUNK), dtype)
    padded[:, :n] = changes
    expected = np.abs(padded).reshape(2, chunks, CHUNK).max(axis=(0, 2))
    np.testing.assert_array_equal(top, expected)
    total = np.full(n, 99, np.int16)
    quantised.add_whole_changes(memory, starts, shares, center, top, KEYS, total)
    steps = np.repeat((np.asarray(MOST, dtype) / top), CHUNK)[:n]
    places = np.arange(n)
    found = sum(
        np.floor(change * steps + drawn(places, key).astype(dtype)).clip(-MOST, MOST)
        for change, key in zip(changes, KEYS[[0, 2]], strict=True)
    )
    np.testing.assert_array_equal(total, found)


def test_sums_in_8_bits_and_back():
    random = np.random.default_rng(3)
    n = 2 * CHUNK + 5
    total = random.integers(-900, 900, n).astype(np.int32)
    total[CHUNK : 2 * CHUNK] = random.integers(-100, 100, CHUNK)
    out, peaks = np.zeros(n, np.int8), np.zeros(3, np.int32)
    quantised.round_again(total, 4 * CHUNK, np.uint64(7), out, peaks)
    assert peaks.tolist() == [abs(total[:CHUNK]).max(), MOST, abs(total[2 * CHUNK :]).max()]
    # What fits into 8 bits stays as it is.
    np.testing.assert_array_equal(out[CHUNK : 2 * CHUNK], total[CHUNK : 2 * CHUNK])
    factor = np.repeat(MOST / peaks, CHUNK)[:n]
    drawn_here = drawn(4 * CHUNK + np.arange(n), 7).astype("f8")
    np.testing.assert_array_equal(out, np.floor(total * factor + drawn_here).clip(-MOST, MOST))
    center, top = random.standard_normal(n), np.array([127.0, 12.7, 0.0])
    moved = np.empty(n)
    quantised.add_change(center, out, top, peaks, moved)
    step = np.repeat(top / MOST * (peaks / MOST), CHUNK)[:n]
    np.testing.assert_allclose(moved, center + step * out, rtol=1e-14)


def test_what_did_not_change_stays():
    center = np.linspace(0, 1, 40).astype("f4")
    memory, starts, shares = np.tile(center, 2), np.array([0, 40]), np.array([0.5, 0.5])
    top = np.ones(1, "f4")
    quantised.change_maxima(memory, starts, shares, center, top)
    assert top[0] == 0
    total = np.ones(40, np.int8)
    quantised.add_whole_changes(memory, starts, shares, center, top, KEYS[:2], total)
    assert not total.any()
