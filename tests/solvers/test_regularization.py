"""Dropout, penalties and limits: what is refused, and what whole runs make of them."""

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.solvers import ConjugateGradient, Regularization
from tests.training.runs import run, small_plan

EVERYTHING = {
    "dropout": 0.3, "input_dropout": 0.1, "l1": 0.01, "max_norm": 2.0, "clip_norm": 0.5,
    "clip_value": 0.2,
}


@pytest.mark.parametrize("changes", [EVERYTHING, {"dropout": 0.3}, {"clip_norm": 0.1}])
def test_processes_and_short_calls_change_no_bit(changes, monkeypatch):
    plan = small_plan(workers=4, regularization=Regularization(**changes))
    whole = run(plan)
    assert np.isfinite(whole).all()
    assert (whole != run(small_plan(workers=4))).any()
    assert (run(plan, processes=2) == whole).all()
    monkeypatch.setattr("fastavg.solvers.minibatch.FLOPS_PER_CALL", 1)
    assert (run(plan) == whole).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dropout": 1.0}, r"dropout is 1\.0; it must be at least 0 and below 1"),
        ({"dropout": (0.1, -1)}, r"dropout is \(0\.1, -1\); it must be at least 0 and below 1"),
        ({"input_dropout": float("nan")}, r"input_dropout is nan; it must be"),
        ({"l1": -1}, r"l1 is -1; it must be a number of at least 0"),
        ({"max_norm": 0}, r"max_norm is 0; it must be a positive number, or None"),
        ({"clip_norm": -1}, r"clip_norm is -1; it must"),
        ({"clip_value": 0}, r"clip_value is 0; it must"),
    ],
)
def test_impossible_settings_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        Regularization(**changes)


def test_line_searches_know_no_dropout():
    words = r"dropout, l1, .* ConjugateGradient searches along lines"
    with pytest.raises(ConfigError, match=words):
        Plan(
            regularization=Regularization(dropout=0.1), solver=ConjugateGradient(), batch_size=0
        )


def test_dropout_needs_a_value_for_each_hidden_layer():
    with pytest.raises(ConfigError, match=r"dropout has 2 values for 1 hidden layers"):
        run(small_plan(regularization=Regularization(dropout=(0.1, 0.2))), Network((5, 7, 3)))


def test_limits_are_what_the_kernels_read():
    inf = float("inf")
    assert Regularization().limits().tolist() == [0, inf, inf, inf, inf]
    given = Regularization(l1=0.1, clip_value=2, clip_norm=3, max_norm=4, max_change=5)
    assert given.limits().tolist() == [0.1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("changes", "active", "drops"),
    [
        ({}, False, False), ({"l2": 5}, False, False), ({"l1": 0.1}, True, False),
        ({"max_norm": 1}, True, False), ({"clip_value": 1}, True, False),
        ({"max_change": 1}, True, False),
        ({"dropout": 0.1}, True, True), ({"dropout": (0, 0.1)}, True, True),
        ({"dropout": (0, 0)}, False, False), ({"input_dropout": 0.1}, True, True),
    ],
)
def test_only_more_than_the_l2_penalty_is_active(changes, active, drops):
    made = Regularization(**changes)
    assert (made.active, made.drops_anything) == (active, drops)
