"""The fingerprint of bytes against plain Python integers, and what it must notice."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.keyed.fingerprint import fold

WORD = 2**64 - 1
MULTIPLIER = 0x9E3779B97F4A7C15


def oracle(words: np.ndarray) -> int:
    """The same arithmetic, one word at a time, in integers of any size."""
    lanes = list(range(1, 9))
    whole = len(words) // 8 * 8
    for at in range(whole):
        mixed = (lanes[at % 8] ^ int(words[at])) * MULTIPLIER & WORD
        lanes[at % 8] = mixed ^ mixed >> 29
    folded = len(words)
    for value in [*lanes, *(int(word) for word in words[whole:])]:
        folded = (folded ^ value) * MULTIPLIER & WORD
        folded ^= folded >> 29
    return folded


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 64, 1001])
def test_fold_is_the_arithmetic_of_its_description(n):
    words = np.random.default_rng(n).integers(0, 2**64, n, np.uint64)
    assert int(fold(words)) == oracle(words)


def test_every_bit_of_every_word_counts():
    words = np.random.default_rng(0).integers(0, 2**64, 20, np.uint64)
    seen = {int(fold(words))}
    for place in range(20):
        for bit in range(64):
            words[place] ^= np.uint64(1 << bit)
            seen.add(int(fold(words)))
            words[place] ^= np.uint64(1 << bit)
    assert len(seen) == 1 + 20 * 64


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_changes_that_could_cancel_do_not(dtype):
    values = np.random.default_rng(1).standard_normal(4096).astype(dtype)
    swapped = values.copy()
    swapped[[16, 32]] = swapped[[32, 16]]
    versions = [values, -values, values[::-1], np.roll(values, 16), swapped]
    numbers = {int(fold(np.ascontiguousarray(version).view(np.uint64))) for version in versions}
    assert len(numbers) == len(versions)
