"""Pixels that are read as pairs, against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.images.pair_reading import read_pairs
from fastavg.kernels.vectorized.emitter import LANES
from tests.kernels.images.test_bilinear import read_between

R = np.random.default_rng(0)


@pytest.mark.parametrize("width", [1, 7, 30])
def test_reading_is_that_of_the_oracle(width):
    height = 4
    images = R.random((LANES, height + 2, width + 2, 1)).astype("float32")
    framed = images.ravel()
    pairs = np.stack([framed, np.append(framed[1:], 0)], axis=1).astype("float32")
    pixels = np.stack([R.integers(0, size + 1, (width, LANES)) for size in (height, width)])
    parts = R.random((2, width, LANES)).astype("float32")
    parts[:, 0, :4] = 0, 0, 1, 1
    line = width + 2
    places = np.arange(LANES) * (height + 2) * line + pixels[0] * line + pixels[1]
    shown = np.full(width * LANES + 1, 7, "float32")
    read_pairs(
        pairs.ravel(), line, places.astype(np.int32).ravel(), parts.reshape(2, -1), shown[:-1]
    )
    expected = read_between(images, pixels, parts)[..., 0]
    np.testing.assert_allclose(shown[:-1].reshape(width, LANES), expected, atol=1e-6)
    assert shown[-1] == 7
