"""Affine maps and elastic fields as objects: what they hand to the kernel."""

import numpy as np
import pytest

from fastavg.data.deformations import Affine, Digits, Elastic
from fastavg.data.deformations.image_warps import knot_noise
from fastavg.datasets import load_digits5k
from fastavg.errors import ConfigError
from tests.kernels.images.test_warp import warped

KEYS = np.arange(1, 4, dtype=np.uint64) * np.uint64(98765432109)


@pytest.mark.parametrize(("made", "settings"), [
    (Affine(None, 1, 30, 0.1, 0.2, 2), (np.pi / 6, 0.1, 0.2, 2, 0, 1, 1)),
    (Elastic((6, 8), alpha=9, sigma=2), (0, 0, 0, 0, *knot_noise(9, 2), 0)),
    (Digits((6, 8), 3, 30, 0.1, 0.2, 2, 9, 2), (np.pi / 6, 0.1, 0.2, 2, *knot_noise(9, 2), 3)),
    (Digits((6, 8), 0, 30, 0.1, 0.2, 2, alpha=0), (np.pi / 6, 0.1, 0.2, 2, 0, 1, 0)),
])
def test_the_kernel_gets_what_the_fields_say(made, settings):
    height, width, channels = made.shape_of(48) if made.shape else (4, 4, 3)
    rows = np.random.default_rng(0).random((3, 48))
    out = np.empty_like(rows)
    made.deform(rows, KEYS, out)
    images = rows.reshape(3, height, width, channels)
    expected = warped(images, KEYS, settings).reshape(3, -1)
    np.testing.assert_allclose(out, expected, atol=1e-11)


def test_pixels_move_as_far_as_by_noise_that_a_gaussian_smoothed():
    x = np.arange(-40, 41)
    for sigma in (1, 4, 9.5):
        taps = np.exp(-0.5 * (x / sigma) ** 2)
        taps /= taps.sum()
        factor, spacing = knot_noise(7, sigma)
        t = np.linspace(0, 1, 1001)
        splines = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4,
                            -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]) / 6
        assert factor * (splines**2).sum(axis=0).mean() == pytest.approx(
            7 * (taps**2).sum(), rel=0.01
        )
        assert spacing == pytest.approx(np.sqrt(3) * sigma)


def test_deformed_digits_keep_their_ink():
    X, _ = load_digits5k()
    rows, out = X[::50], np.empty_like(X[::50])
    keys = np.arange(len(rows), dtype=np.uint64) * np.uint64(2**40 + 7)
    Digits().deform(rows, keys, out)
    assert np.abs(out - rows).mean() > 0.02
    assert out.min() >= 0
    assert out.max() <= 1
    assert out.sum() == pytest.approx(rows.sum(), rel=0.15)


@pytest.mark.parametrize(("made", "words"), [
    (lambda: Affine(rotation=-1), "rotation is -1; it must be a number of at least 0"),
    (lambda: Affine(scaling=1), "scaling is 1; it must be at least 0 and below 1"),
    (lambda: Elastic(sigma=0), "sigma is 0; it must be a number from 0.3 to 100"),
    (lambda: Digits(alpha="much"), "alpha is 'much'; it must be a number of at least 0"),
])
def test_impossible_values_are_refused(made, words):
    with pytest.raises(ConfigError, match=words):
        made()
