"""Rules on a part of the vector: the bits of the rule on the whole."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging.momentum import DiLoCo, SlowMo
from fastavg.kernels.blocks.rules import OUTER_MOMENTUM, step_rule


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "rule", [SlowMo(momentum=0.3, rate=0.7), SlowMo(momentum=0.0, rate=0.3), DiLoCo()]
)
def test_momentum_by_parts_has_the_bits_of_the_whole(rule, dtype):
    random = np.random.default_rng(0)
    hyper = np.array([rule.momentum, rule.rate, rule.nesterov], float)
    code = OUTER_MOMENTUM.address(dtype)
    center = random.normal(size=1000).astype(dtype)
    state = random.normal(size=(rule.n_vectors, 1000)).astype(dtype)
    for round in range(3):
        mean = random.normal(size=1000).astype(dtype)
        by_parts, parts_state = mean.copy(), state.copy()
        rule.step(center, mean, state, round)
        for start, stop in ((0, 1), (1, 600), (600, 1000)):
            step_rule(code, hyper, center[start:stop], by_parts[start:stop], parts_state, start)
        assert by_parts.tobytes() == mean.tobytes()
        assert parts_state.tobytes() == state.tobytes()
        center = mean
