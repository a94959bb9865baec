"""Asynchronous EASGD: exchanges at its period, and no other rule beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.solvers import SGD
from fastavg.training.algorithms.easgd import EASGD
from tests.training.runs import run, small_plan


def test_with_one_worker_and_half_the_distance_it_is_a_mean_with_the_center():
    plan = small_plan(
        workers=1, epochs=0.12, average_every=0.12, solver=SGD(0.1, momentum=0.0), dtype="float64"
    )
    moved = run(plan)
    drawn = run(replace(plan, algorithm=EASGD(period=3, alpha=0.5)))
    untouched = run(replace(plan, algorithm=EASGD(period=4)))
    np.testing.assert_allclose(drawn, (moved + untouched) / 2, rtol=1e-12)


def test_averaging_rules_are_refused():
    with pytest.raises(ConfigError, match="easgd is a rule of its own"):
        EASGD().check(small_plan(averaging="fedadam"))
