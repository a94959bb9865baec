"""One bit for each number: signs, magnitudes, and nothing that gets lost."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.means import one_bit
from fastavg.kernels.means.one_bit import BYTES
from fastavg.kernels.means.quantised import CHUNK, MOST


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, CHUNK, 2 * CHUNK + 11])
def test_signs_and_what_they_miss(n, dtype):
    random = np.random.default_rng(n)
    slot, center, before = (random.standard_normal(n).astype(dtype) for _ in range(3))
    chunks = -(-n // CHUNK)
    signs, sizes = np.full(chunks * BYTES, 255, np.uint8), np.zeros(chunks, np.float32)
    after = np.full_like(slot, np.nan)
    one_bit.encode_signs(slot, center, before, signs, sizes, after)
    change = (slot - center) + before
    expected = [np.abs(change[at : at + CHUNK].astype("f8")).mean() for at in range(0, n, CHUNK)]
    np.testing.assert_allclose(sizes, expected, rtol=1e-6)
    below = np.unpackbits(signs, bitorder="little")[:n].astype(bool)
    np.testing.assert_array_equal(below, change < 0)
    stands_for = np.where(below, -1, 1) * np.repeat(sizes, CHUNK)[:n]
    np.testing.assert_allclose(after, change - stands_for, rtol=1e-6, atol=1e-6)
    total = np.ones(chunks * CHUNK)
    one_bit.add_signs(signs, sizes, 0.25, total)
    np.testing.assert_allclose(total[:n], 1 + 0.25 * stands_for, rtol=1e-12)


def test_the_mean_in_8_bits():
    random = np.random.default_rng(0)
    total = random.standard_normal(2 * CHUNK)
    total[CHUNK:] = 0
    out, peaks = np.ones(total.size, np.int8), np.ones(2, np.float32)
    one_bit.round_mean(total, 0, np.uint64(3), out, peaks)
    assert peaks.tolist() == [np.float32(np.abs(total).max()), 0]
    assert not out[CHUNK:].any()
    found, center = np.empty_like(total), random.standard_normal(total.size)
    one_bit.add_rounded(center, out, peaks, found)
    assert np.abs(found - center - total).max() < 1.001 * peaks[0] / MOST
    assert abs((found - center - total)[:CHUNK].mean()) < 0.1 * peaks[0] / MOST
