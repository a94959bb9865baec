"""A composition is its parts, one after the other, each with numbers of its own."""

import numpy as np
import pytest

from fastavg.data.deformations import Affine, Compose, Cutout, Elastic, Noise, Undeformed
from fastavg.errors import ConfigError

KEYS = np.arange(1, 5, dtype=np.uint64) * np.uint64(12345678901)


def deformed(part, rows, keys=KEYS):
    out = np.full_like(rows, np.nan)
    part.deform(rows, keys, out)
    return out


@pytest.mark.parametrize("parts", [
    (Affine(),), (Affine(), Elastic()), (Elastic(), Noise(), Cutout(size=2)),
    (Noise(), Undeformed(), Cutout(size=3), Affine()),
])
def test_parts_follow_each_other(parts):
    rows = np.random.default_rng(0).random((4, 64))
    expected, step = rows, 0xD1B54A32D192ED03
    for number, part in enumerate(parts):
        expected = deformed(part, expected, KEYS + np.uint64(number * step % 2**64))
    assert deformed(Compose(parts), rows).tobytes() == expected.tobytes()


def test_the_same_part_twice_draws_twice():
    rows = np.zeros((4, 64))
    once, twice = deformed(Noise(1.0), rows), deformed(Compose((Noise(1.0), Noise(1.0))), rows)
    assert twice.std() / once.std() == pytest.approx(2**0.5, rel=0.2)


def test_it_is_active_if_a_part_is_and_refuses_what_a_part_refuses():
    assert Compose((Undeformed(), Noise())).active
    assert not Compose(("none",)).active
    Compose((Noise(),)).check(7)
    with pytest.raises(ConfigError, match="rows of 7 features are no square image"):
        Compose((Noise(), Affine())).check(7)
    for nothing in ((), "affine", None):
        with pytest.raises(ConfigError, match="it must be a list of deformations"):
            Compose(nothing)
