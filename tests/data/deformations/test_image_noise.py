"""Noise and cut-out squares as objects: what they hand to the kernel."""

import numpy as np
import pytest

from fastavg.data.deformations import Cutout, Noise
from fastavg.errors import ConfigError
from tests.kernels.images.test_spots import noise_of

KEYS = np.arange(1, 4, dtype=np.uint64) * np.uint64(98765432109)


def test_noise_has_the_deviation_that_is_asked_for_on_any_rows():
    rows, out = np.ones((3, 7)), np.empty((3, 7))
    Noise(0.3).check(7)
    Noise(0.3).deform(rows, KEYS, out)
    np.testing.assert_allclose(out, 1 + 0.3 * noise_of(KEYS, 7), atol=1e-12)


def test_a_square_has_the_side_and_the_fill_that_are_asked_for():
    rows, out = np.ones((3, 24)), np.empty((3, 24))
    Cutout((4, 6), size=1, fill=-2).deform(rows, KEYS, out)
    assert ((out == -2).sum(axis=1) == 1).all()
    assert ((out == 1).sum(axis=1) == 23).all()


@pytest.mark.parametrize(("made", "words"), [
    (lambda: Noise(-1), "deviation is -1; it must be a number of at least 0"),
    (lambda: Cutout(size=0), "size is 0; it must be a whole number of at least 1"),
    (lambda: Cutout(fill="black"), "fill is 'black'; it must be a number"),
])
def test_impossible_values_are_refused(made, words):
    with pytest.raises(ConfigError, match=words):
        made()
