"""Framed images and the reading between their pixels, against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.images.bilinear import frame, frame_pairs, put_lines, read
from fastavg.kernels.vectorized.emitter import LANES

R = np.random.default_rng(0)


@pytest.mark.parametrize("channels", [1, 3])
def test_frame(channels):
    image = R.random((4, 5, channels))
    found = np.full(6 * 7 * channels, 2.0)
    frame(image.ravel(), 7 * channels, channels, found)
    expected = np.pad(image, ((1, 1), (1, 1), (0, 0)), constant_values=2.0)
    assert (found == expected.ravel()).all()


def test_frame_of_pairs():
    image = R.random((4, 5)).astype("float32")
    found = np.full(2 * 6 * 7, 2.0, "float32")
    frame_pairs(image.ravel(), 5, found)
    framed = np.pad(image, 1, constant_values=2.0).ravel()
    assert (found[::2] == framed).all()
    assert (found[1:-1:2] == framed[1:]).all()


def read_between(images, places, parts):
    """The oracle: images (LANES, height, width, channels), the pixel above and to the left."""
    lane, (y, x), (down, right) = np.arange(LANES), places, parts[..., None]
    over = (1 - right) * images[lane, y, x] + right * images[lane, y, x + 1]
    under = (1 - right) * images[lane, y + 1, x] + right * images[lane, y + 1, x + 1]
    return (1 - down) * over + down * under


@pytest.mark.parametrize(("channels", "dtype"), [(1, "float64"), (3, "float32"), (1, "float32")])
def test_reading_is_that_of_the_oracle(channels, dtype):
    height, width = 4, 7
    images = R.random((LANES, height + 2, width + 2, channels)).astype(dtype)
    pixels = np.stack([R.integers(0, size + 1, (width, LANES)) for size in (height, width)])
    parts = R.random((2, width, LANES)).astype(dtype)
    line = (width + 2) * channels
    places = np.arange(LANES) * (height + 2) * line + pixels[0] * line + pixels[1] * channels
    flat = places.astype(np.int32).ravel(), parts.reshape(2, -1)
    out = np.full((LANES + 2, 2 * width * channels), np.nan, dtype)
    read(images.ravel(), line, *flat, out, 1, LANES - 1, width * channels)
    expected = read_between(images, pixels, parts).transpose(1, 0, 2).reshape(LANES, -1)
    np.testing.assert_allclose(out[1:LANES, width * channels :], expected[:-1], atol=1e-6)
    assert np.isnan(out[[0, LANES, LANES + 1]]).all()
    assert np.isnan(out[:, : width * channels]).all()


@pytest.mark.parametrize("width", [3, 16, 21])
@pytest.mark.parametrize("count", [LANES, 5])
def test_lines_are_put_where_they_belong(width, count):
    shown = R.random((width, LANES))
    out = np.full((LANES + 3, 3 * width), np.nan)
    put_lines(shown.ravel(), width, out, 2, count, width)
    assert (out[2 : 2 + count, width : 2 * width] == shown.T[:count]).all()
    assert np.isfinite(out).sum() == count * width
