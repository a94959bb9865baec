"""Deformed images against a plain bilinear reading in NumPy."""

import numpy as np
import pytest

from fastavg.kernels.images.warp import SETTINGS, warp
from tests.kernels.images.test_displacement import fields_of
from tests.kernels.keyed.test_row_keys import uniform

KEYS = np.array([3, 2**40 + 1, 2**63 - 5], np.uint64)


def warped(images, keys, settings):
    """The oracle of ``warp``: images (n, height, width, channels) in float64."""
    n, height, width, _ = images.shape
    rotation, scaling, shear, translation, alpha, spacing, fill = settings
    out = np.empty_like(images)
    ys, xs = np.mgrid[:height, :width]
    ys, xs = ys - (height - 1) / 2, xs - (width - 1) / 2
    for i in range(n):
        a, b, c, d, e, f = (2 * uniform(keys[i], number) - 1 for number in range(6))
        turn = np.array([
            [np.cos(a * rotation), -np.sin(a * rotation)],
            [np.sin(a * rotation), np.cos(a * rotation)],
        ])
        matrix = turn @ np.diag([1 + b * scaling, 1 + c * scaling])
        matrix = matrix @ np.array([[1, d * shear], [0, 1]])
        y = matrix[0, 0] * ys + matrix[0, 1] * xs + e * translation + (height - 1) / 2
        x = matrix[1, 0] * ys + matrix[1, 1] * xs + f * translation + (width - 1) / 2
        if alpha:
            down, across = fields_of(keys[i], alpha, spacing, height, width)
            y, x = y + down, x + across
        image = np.pad(images[i], ((1, 1), (1, 1), (0, 0)), constant_values=fill)
        y, x = (y + 1).clip(0, height + 1), (x + 1).clip(0, width + 1)
        above, left = y.astype(int), x.astype(int)
        below, beside = np.minimum(above + 1, height + 1), np.minimum(left + 1, width + 1)
        py, px = (y - above)[..., None], (x - left)[..., None]
        out[i] = (
            (1 - py) * ((1 - px) * image[above, left] + px * image[above, beside])
            + py * ((1 - px) * image[below, left] + px * image[below, beside])
        )
    return out


def found(images, keys, settings):
    n, height, width, _ = images.shape
    rows = images.reshape(n, -1)
    out = np.full_like(rows, np.nan)
    warp(rows, np.arange(n), keys, height, width, np.array(settings, float), out)
    return out.reshape(images.shape)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-4), ("float64", 1e-11)])
@pytest.mark.parametrize("shape", [(9, 12, 1), (8, 8, 3), (1, 6, 1), (5, 1, 2), (3, 18, 1)])
@pytest.mark.parametrize("settings", [
    (0.4, 0, 0, 0, 0, 0, 0), (0, 0.3, 0, 0, 0, 0, 1), (0, 0, 0.5, 0, 0, 0, 0),
    (0, 0, 0, 30.0, 0, 0, 2), (0.3, 0.2, 0.2, 1.0, 0, 0, 0), (0, 0, 0, 0, 5.0, 3.0, 0),
    (0.3, 0.2, 0.2, 1.0, 5.0, 2.5, -1), (0, 0, 0, 0, 2.0, 0.7, 0),
])
def test_images_are_those_of_the_oracle(settings, shape, dtype, tolerance):
    images = np.random.default_rng(0).normal(size=(3, *shape)).astype(dtype)
    expected = warped(images.astype("f8"), KEYS, settings)
    np.testing.assert_allclose(found(images, KEYS, settings), expected, atol=tolerance)


def test_an_image_that_does_not_move_keeps_its_bits():
    images = np.random.default_rng(1).normal(size=(3, 6, 7, 2)).astype("float32")
    assert (found(images, KEYS, np.zeros(SETTINGS)) == images).all()


def test_a_row_is_the_same_in_any_company():
    images = np.random.default_rng(2).normal(size=(35, 20, 20, 1)).astype("float32")
    keys = np.random.default_rng(3).integers(0, 2**63, 35).astype(np.uint64)
    settings = (0.3, 0.2, 0.2, 1.0, 3.5, 6.9, 0.0)
    together = found(images, keys, settings)
    for i in (0, 15, 16, 34):
        alone = found(images[i : i + 1], keys[i : i + 1], settings)
        assert alone.tobytes() == together[i].tobytes()


@pytest.mark.parametrize("channels", [1, 2])
def test_rows_are_taken_in_any_order(channels):
    images = np.random.default_rng(4).normal(size=(40, 5, 17, channels)).astype("float32")
    order = np.random.default_rng(5).integers(0, 40, 37)
    keys = np.arange(37, dtype=np.uint64)
    settings = np.array([0.3, 0.2, 0.2, 1.0, 3.5, 6.9, 0.0])
    out = np.full((37, images[0].size), np.nan, "float32")
    warp(images.reshape(40, -1), order, keys, 5, 17, settings, out)
    assert out.tobytes() == found(images[order], keys, settings).tobytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_no_place_lies_outside_of_an_image(value):
    images = np.random.default_rng(6).normal(size=(17, 6, 20, 1)).astype("float32")
    settings = np.array([0, 0, 0, value, 0, 0, 3.0])
    out = found(images, np.arange(17, dtype=np.uint64), settings)
    assert np.isin(out, [*images.ravel(), 3.0]).all()
