"""``take_over`` writes what stands there; the other operations are tested by the barrier."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.atomics import take_over


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_taking_over_changes_nothing(dtype):
    values = np.random.default_rng(0).normal(size=1000).astype(dtype)
    values[::7] = np.nan
    before = values.tobytes()
    take_over(values, 0, 1000)
    take_over(values, 64, 64)
    assert values.tobytes() == before
