"""Smooth random fields against NumPy and Python's whole numbers."""

import numpy as np
import pytest

from fastavg.data.deformations.image_warps import gaussian
from fastavg.kernels.images.displacement import displace
from tests.kernels.keyed.test_mixing import M32, mixed, stirred


def fields_of(key, taps, alpha, height, width):
    """The oracle of ``displace``, in float64."""
    reach = len(taps) - 1
    fields = np.empty((2, height, width))
    for axis in range(2):
        place = mixed(int(key) + axis + 1)
        bits = [
            stirred(stirred((at * 0x9E3779B9 + (place & M32)) & M32) ^ (place >> 32))
            for at in range((height + reach) * (width + reach))
        ]
        # Column after column; bits stand for whole numbers from -2^31.
        numbers = np.array(bits, np.uint32).view(np.int32).reshape(width + reach, height + reach)
        noise = numbers.T * (2 / 2**32)
        lines = [np.convolve(line, taps, "valid") for line in noise]
        columns = [np.convolve(column, taps, "valid") for column in np.transpose(lines)]
        fields[axis] = alpha * np.transpose(columns)
    return fields


def displaced(key, taps, alpha, height, width, dtype="float64"):
    reach, fields = len(taps) - 1, np.full((2, height * width), np.nan, dtype)
    displace(
        np.uint64(key), taps.astype(dtype), alpha,
        np.empty((width + reach) * (height + reach), dtype),
        np.empty(width * (height + reach), dtype), np.empty((height + reach) * width, dtype),
        fields,
    )
    return fields.reshape(2, height, width)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("sigma", [0.5, 1, 1.2])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 9), (20, 20)])
def test_fields_are_those_of_the_oracle(height, width, sigma, dtype, tolerance):
    taps = gaussian(sigma)
    found = displaced(987654321, taps, 6.0, height, width, dtype)
    expected = fields_of(987654321, taps, 6.0, height, width)
    np.testing.assert_allclose(found, expected, atol=tolerance)


def test_pixels_move_as_far_at_the_border_as_in_the_middle_and_neighbours_together():
    many = np.stack([displaced(key * 7919, gaussian(4), 24, 20, 20) for key in range(400)])
    # Noise uniform in [-1, 1], smoothed along both axes.
    expected = 24 * np.sqrt(1 / 3) * (gaussian(4) ** 2).sum()
    spread = many.std(axis=0)
    assert np.abs(spread / expected - 1).max() < 0.25
    assert abs(spread.mean() / expected - 1) < 0.05
    together = np.corrcoef(many[:, 0, 10, 10], many[:, 0, 10, 11])[0, 1]
    apart = np.corrcoef(many[:, 0, 10, 10], many[:, 1, 10, 10])[0, 1]
    assert together > 0.9
    assert abs(apart) < 0.2
