"""Affine maps and elastic fields as objects: what they hand to the kernel."""

import numpy as np
import pytest

from fastavg.data.deformations import Affine, Digits, Elastic
from fastavg.data.deformations.image_warps import gaussian
from fastavg.datasets import load_digits5k
from fastavg.errors import ConfigError
from tests.kernels.images.test_warp import warped

KEYS = np.arange(1, 4, dtype=np.uint64) * np.uint64(98765432109)


@pytest.mark.parametrize(("made", "settings", "sigma"), [
    (Affine(None, 1, 30, 0.1, 0.2, 2), (np.pi / 6, 0.1, 0.2, 2, 0, 1), 0),
    (Elastic((6, 8), alpha=9, sigma=2), (0, 0, 0, 0, 9, 0), 2),
    (Digits((6, 8), 3, 30, 0.1, 0.2, 2, 9, 2), (np.pi / 6, 0.1, 0.2, 2, 9, 3), 2),
    (Digits((6, 8), 0, 30, 0.1, 0.2, 2, alpha=0), (np.pi / 6, 0.1, 0.2, 2, 0, 0), 0),
])
def test_the_kernel_gets_what_the_fields_say(made, settings, sigma):
    height, width, channels = made.shape_of(48) if made.shape else (4, 4, 3)
    rows = np.random.default_rng(0).random((3, 48))
    out = np.empty_like(rows)
    made.deform(rows, KEYS, out)
    images = rows.reshape(3, height, width, channels)
    taps = gaussian(sigma) if sigma else np.zeros(0)
    expected = warped(images, KEYS, settings, taps).reshape(3, -1)
    np.testing.assert_allclose(out, expected, atol=1e-11)


def test_a_filter_sums_to_one_and_is_symmetric():
    for sigma in (0.3, 1, 4.5):
        taps = gaussian(sigma)
        assert taps.sum() == pytest.approx(1)
        assert (taps == taps[::-1]).all()
        assert len(taps) % 2


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
