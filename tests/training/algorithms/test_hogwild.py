"""Hogwild: workers on the center itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.errors import ConfigError
from fastavg.training.algorithms.hogwild import Hogwild
from tests.training.runs import run, small_plan


@pytest.mark.parametrize("asynchrony", ["real", "simulated"])
def test_one_worker_is_sequential_bit_for_bit(asynchrony):
    plan = small_plan(workers=1)
    one = replace(plan, algorithm=Hogwild(asynchrony=asynchrony))
    assert run(one).tobytes() == run(plan).tobytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"averaging": "bmuf"}, "averages nothing"),
        ({"products": "bfloat16"}, "each worker's own"),
        ({"regularization": {"max_change": 1.0}}, "bounds a worker's own step"),
    ],
)
def test_what_does_not_go_with_it_is_refused(change, words):
    with pytest.raises(ConfigError, match=words):
        Hogwild().check(small_plan(**change))
