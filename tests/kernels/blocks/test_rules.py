"""Rules on a part of the vector: the bits of the rule on the whole."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging import SlowMomentum
from fastavg.kernels.blocks.rules import STAGES, step_rule

# Kernels may have to be compiled first.
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slow_momentum_by_parts_has_the_bits_of_the_whole(dtype):
    random, rule = np.random.default_rng(0), SlowMomentum(beta=0.3, rate=0.7)
    hyper, code = np.array([rule.beta, rule.rate]), STAGES["slow-momentum"].address(dtype)
    center, state = random.normal(size=1000).astype(dtype), random.normal(size=(1, 1000))
    state = state.astype(dtype)
    for round in range(3):
        mean = random.normal(size=1000).astype(dtype)
        by_parts, parts_state = mean.copy(), state.copy()
        rule.step(center, mean, state, round)
        for start, stop in ((0, 1), (1, 600), (600, 1000)):
            step_rule(code, hyper, center[start:stop], by_parts[start:stop], parts_state, start)
        assert by_parts.tobytes() == mean.tobytes()
        assert parts_state.tobytes() == state.tobytes()
        center = mean
