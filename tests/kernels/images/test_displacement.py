"""Smooth random fields against NumPy and Python's whole numbers."""

import numpy as np
import pytest

from fastavg.data.deformations.image_warps import knot_noise
from fastavg.kernels.images.displacement import (
    along_lines,
    draw_knots,
    knots,
    spline_weights,
)
from fastavg.kernels.vectorized.emitter import LANES
from tests.kernels.keyed.test_mixing import M32, mixed, stirred


def spline(t):
    """The cubic B-spline around 0."""
    t = np.abs(t)
    return np.where(t < 1, 2 / 3 - t**2 + t**3 / 2, np.where(t < 2, (2 - t) ** 3 / 6, 0))


def matrix(size, spacing):
    """How much each knot counts at each pixel, (size, knots)."""
    places = np.arange(-1, int((size - 1) / spacing) + 3)
    return spline(np.arange(size)[:, None] / spacing - places)


def knots_of(key, axis, count):
    """The noise at the knots, from -1 to 1."""
    place = mixed(int(key) + axis + 1)
    bits = [
        stirred(stirred((at * 0x9E3779B9 + (place & M32)) & M32) ^ (place >> 32))
        for at in range(count)
    ]
    # Bits stand for whole numbers from -2^31.
    return np.array(bits, np.uint32).view(np.int32) * (2 / 2**32)


def fields_of(key, alpha, spacing, height, width):
    """The oracle: displacements (2, height, width) in float64."""
    down, across = matrix(height, spacing), matrix(width, spacing)
    shape = down.shape[1], across.shape[1]
    return np.stack([
        down @ (alpha * knots_of(key, axis, shape[0] * shape[1])).reshape(shape) @ across.T
        for axis in range(2)
    ])


@pytest.mark.parametrize("spacing", [0.6, 1, 6.93, 50])
@pytest.mark.parametrize("size", [1, 5, 28])
def test_splines_of_a_pixel(size, spacing):
    firsts, weights = np.empty(size, np.int64), np.empty((size, 4))
    spline_weights(spacing, firsts, weights)
    dense = np.zeros((size, knots(size, spacing)))
    for x in range(size):
        dense[x, firsts[x] : firsts[x] + 4] = weights[x]
    np.testing.assert_allclose(dense, matrix(size, spacing), atol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=1), 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lines_are_those_of_the_oracle(dtype):
    width, lines, spacing = 9, 3, 4.0
    keys = np.arange(LANES, dtype=np.uint64) * np.uint64(2**59 + 5)
    columns = knots(width, spacing)
    noise = np.empty((lines * columns, LANES), dtype)
    draw_knots(keys, 1, 2.5, noise)
    halves = np.full((lines * width, LANES), np.nan, dtype)
    firsts, weights = np.empty(width, np.int64), np.empty((width, 4), dtype)
    spline_weights(spacing, firsts, weights)
    along_lines(noise, firsts, weights, halves)
    for lane in (0, 7, LANES - 1):
        drawn = 2.5 * knots_of(keys[lane], 1, lines * columns)
        np.testing.assert_allclose(noise[:, lane], drawn, rtol=1e-6)
        expected = drawn.reshape(lines, columns) @ matrix(width, spacing).T
        np.testing.assert_allclose(halves[:, lane], expected.ravel(), atol=2e-6)


def test_pixels_move_as_far_as_by_smoothed_noise_and_neighbours_together():
    alpha, spacing = knot_noise(24, 4)
    keys = np.random.default_rng(0).integers(2**60, size=300)
    many = np.stack([fields_of(key, alpha, spacing, 20, 20) for key in keys])
    spread = many.std(axis=0)
    assert abs(spread.mean() / (24 * 0.163 / 4) - 1) < 0.05
    assert np.abs(spread / spread.mean() - 1).max() < 0.25
    together = np.corrcoef(many[:, 0, 10, 10], many[:, 0, 10, 11])[0, 1]
    far = np.corrcoef(many[:, 0, 10, 2], many[:, 0, 10, 18])[0, 1]
    apart = np.corrcoef(many[:, 0, 10, 10], many[:, 1, 10, 10])[0, 1]
    assert together > 0.95
    # Noise that a Gaussian of 4 pixels smoothed: exp(-16^2 / (4 * 4^2)) = 0.02 at 16 pixels.
    assert abs(far) < 0.2
    assert abs(apart) < 0.2
