"""``drop``: which numbers are kept, against the same arithmetic in Python's whole numbers."""

import itertools

import numpy as np
import pytest

from fastavg.kernels.keyed.dropout import drop
from tests.kernels.keyed.test_mixing import M32, M64, mixed, stirred


def kept(key, step, layer, rate, rows, n):
    """Which numbers stay, in Python's own whole numbers."""
    place = mixed((key + mixed(step * 4096 + layer)) & M64)
    out = np.zeros((rows, n), bool)
    for r, c in itertools.product(range(rows), range(n)):
        salt = mixed((place + r) & M64)
        drawn = stirred((c * 0x9E3779B9 + (salt & M32)) & M32)
        out[r, c] = stirred(drawn ^ (salt >> 32)) >= int(rate * 2**32)
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_drop_keeps_what_the_key_says_and_scales_it_up(dtype):
    rows, n, ld, key = 5, 21, 24, 2**63 + 12345
    values, derivatives = np.full((2, rows, ld), 3, dtype)
    drop(np.uint64(key), 7, 2, 0.25, values.reshape(-1), derivatives.reshape(-1), ld, rows, n)
    expected = np.where(kept(key, 7, 2, 0.25, rows, n), 4, 0)
    for memory in (values, derivatives):
        assert np.allclose(memory[:, :n], expected, rtol=1e-6)
        assert (memory[:, n:] == 3).all()


def test_drop_takes_the_asked_part_and_others_for_other_steps_layers_and_keys():
    def mask(*place):
        values = np.ones(200 * 128)
        drop(np.uint64(place[0]), place[1], place[2], 0.3, values, values[:0], 128, 200, 128)
        return values == 0

    one = mask(5, 0, 1)
    for other in (mask(6, 0, 1), mask(5, 1, 1), mask(5, 0, 2)):
        # Two independent masks agree in 0.3^2 + 0.7^2 of their places.
        assert np.mean(one == other) == pytest.approx(0.58, abs=0.02)
    table = one.reshape(200, 128)
    assert one.mean() == pytest.approx(0.3, abs=0.01)
    assert np.abs(table.mean(axis=0) - 0.3).max() < 0.15
    assert np.abs(np.corrcoef(table.T) - np.eye(128)).max() < 0.4


def test_drop_at_rate_0_changes_nothing():
    values = np.arange(12.0)
    drop(np.uint64(1), 0, 1, 0.0, values, values[:0], 4, 3, 4)
    assert values.tolist() == list(range(12))


def test_drop_decides_by_place_not_by_the_number_of_rows_or_columns():
    def mask(rows, n):
        values = np.ones(rows * n)
        drop(np.uint64(8), 2, 1, 0.5, values, values[:0], n, rows, n)
        return values.reshape(rows, n) == 0

    assert (mask(20, 30)[:7, :11] == mask(7, 11)).all()
