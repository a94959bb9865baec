"""Where pixels are read, against NumPy."""

import numpy as np
import pytest

from fastavg.kernels.images.places import places_of_line
from fastavg.kernels.vectorized.emitter import LANES


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-4), ("float64", 1e-12)])
@pytest.mark.parametrize(("height", "width", "channels"), [(5, 3, 1), (4, 19, 3)])
@pytest.mark.parametrize("bent", [False, True])
def test_places_are_those_of_the_oracle(bent, height, width, channels, dtype, tolerance):
    r = np.random.default_rng(0)
    maps = r.normal(size=(6, LANES)).astype(dtype)
    field = r.normal(size=(2, 6, width, LANES)).astype(dtype)
    weights = r.random((height, 4)).astype(dtype)
    line = (width + 2) * channels
    size = (height + 2) * line
    places, parts = np.full(width * LANES, -1, np.int32), np.full((2, width * LANES), 9, dtype)
    y, first = 2, 1
    places_of_line(maps, y, field, first, weights, bent, channels, places, parts)
    x = np.arange(width)[:, None]
    at = np.stack([maps[3 * axis] + maps[3 * axis + 1] * y + maps[3 * axis + 2] * x
                   for axis in range(2)]).astype("f8")
    if bent:
        at += np.einsum("j,ajxl->axl", weights[y], field[:, first : first + 4])
    ends = np.array([height, width])[:, None, None]
    inside = at.clip(0, ends + 1)
    found = places.reshape(width, LANES) - np.arange(LANES) * size
    pixels = np.stack([found // line, found % line // channels])
    assert ((pixels >= 0) & (pixels <= ends)).all()
    # A place on the border between two pixels may be told from either.
    np.testing.assert_allclose(pixels + parts.reshape(2, width, LANES), inside, atol=tolerance)
    assert ((parts >= 0) & (parts <= 1)).all()
    assert (found % channels == 0).all()
