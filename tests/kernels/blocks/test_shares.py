"""Shares of the mean: the bits of Python's own arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.shares import shares_of, total_of


@pytest.mark.parametrize("seed", range(20))
def test_shares_have_the_bits_of_rounds_outside_blocks(seed):
    random = np.random.default_rng(seed)
    weights = random.uniform(0, 3, 1 + seed) * 10.0 ** random.integers(-3, 9, 1 + seed)
    total = sum(weights.tolist())
    shares = np.zeros(weights.size)
    assert total_of(weights) == total
    assert shares_of(weights, shares) == (True, total)
    assert shares.tolist() == [weight / total for weight in weights.tolist()]


def test_without_rows_the_first_worker_stands_for_all():
    shares = np.full(3, np.nan)
    assert shares_of(np.zeros(3), shares) == (False, 0.0)
    assert shares.tolist() == [1, 0, 0]
