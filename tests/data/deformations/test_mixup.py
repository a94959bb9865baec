"""Mixtures of rows: shares from a Beta distribution, and targets in proportion."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, kstest

from fastavg.data.deformations import Compose, Mixup
from fastavg.data.deformations.mixup import mixup_of
from fastavg.errors import ConfigError

N = 2000
KEYS = np.random.default_rng(0).integers(0, 2**63, N).astype(np.uint64)
# Each row is its number, and so is its target.
ROWS = np.repeat(np.arange(N, dtype=float)[:, None], 2, axis=1)
STEPS = np.array([[0, 1500], [1500, 0], [1500, 500]])


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_rows_are_mixed_with_the_one_before_them_in_their_step(alpha):
    mixed, targets = Mixup(alpha).mix(ROWS, ROWS[:, :1], KEYS, STEPS)
    others = np.arange(N) - 1
    others[[0, 1500]] = 1499, 1999
    part = (mixed[:, 0] - others) / (np.arange(N) - others)
    assert part.min() > -1e-9
    assert part.max() < 1 + 1e-9
    assert kstest(part, beta(alpha, alpha).cdf).pvalue > 0.001
    own = targets[:, 0] == np.arange(N)
    assert (own | (targets[:, 0] == others)).all()
    # The target is drawn in proportion.
    assert abs((own - part).mean()) < 0.04
    assert own[part > 0.95].mean() > 0.9


def test_a_step_is_mixed_alike_in_any_company():
    mixed, targets = Mixup().mix(ROWS, ROWS[:, :1], KEYS, STEPS)
    alone = Mixup().mix(ROWS[1500:], ROWS[1500:, :1], KEYS[1500:], np.array([[0, 500]]))
    np.testing.assert_array_equal(alone[0], mixed[1500:])
    np.testing.assert_array_equal(alone[1], targets[1500:])


def test_it_is_found_among_others():
    assert mixup_of(Compose(("noise", Mixup(0.3), "cutout"))) == Mixup(0.3)
    assert mixup_of(Compose(("noise", "cutout"))) is None
    with pytest.raises(ConfigError, match="alpha is 0"):
        Mixup(0)


def test_rows_themselves_are_left_to_the_end():
    out = np.empty_like(ROWS)
    Mixup().deform(ROWS, KEYS, out)
    np.testing.assert_array_equal(out, ROWS)
