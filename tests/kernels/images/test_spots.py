"""Noise and squares that are cut out, against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.images.spots import add_noise, cut_out
from tests.kernels.keyed.test_row_keys import uniform

KEYS = np.array([3, 2**40 + 1, 2**63 - 5, 99], np.uint64)


def noise_of(keys, n):
    """The oracle of ``add_noise``: standard normal numbers by the method of Box and Muller."""
    out = np.empty((len(keys), n + 1))
    for i, key in enumerate(keys):
        for j in range(0, n, 2):
            radius = np.sqrt(-2 * np.log(1 - uniform(key, j)))
            angle = 2 * np.pi * uniform(key, j + 1)
            out[i, j : j + 2] = radius * np.cos(angle), radius * np.sin(angle)
    return out[:, :n]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_noise_is_that_of_the_oracle(n, dtype, tolerance):
    rows = np.random.default_rng(n).normal(size=(4, n)).astype(dtype)
    out = np.full_like(rows, np.nan)
    add_noise(rows, KEYS, 0.5, out)
    np.testing.assert_allclose(out, rows + 0.5 * noise_of(KEYS, n), atol=tolerance)


def test_noise_is_normal():
    keys, out = np.arange(100, dtype=np.uint64) * np.uint64(2**50 + 3), np.empty((100, 100))
    add_noise(np.zeros((100, 100)), keys, 2.0, out)
    assert abs(out.mean()) < 0.08
    assert out.std() == pytest.approx(2, rel=0.05)
    assert np.mean(np.abs(out) < 2) == pytest.approx(0.683, abs=0.02)


@pytest.mark.parametrize(("height", "width", "channels"), [(6, 9, 1), (5, 5, 3)])
@pytest.mark.parametrize("size", [1, 4, 40])
def test_a_square_is_cut_out(size, height, width, channels):
    images = np.random.default_rng(0).normal(size=(4, height, width, channels))
    rows, out = images.reshape(4, -1), np.full((4, images[0].size), np.nan)
    cut_out(rows, KEYS, height, width, size, 7.0, out)
    for i, key in enumerate(KEYS):
        top = int(uniform(key, 0) * height) - size // 2
        left = int(uniform(key, 1) * width) - size // 2
        images[i, max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)] = 7
    assert (out == images.reshape(4, -1)).all()
    assert (out == 7).any(axis=1).all()
