"""The range test: the same rate each time, one that trains, and refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg import SGD, Adam, ConfigError, Network, Plan, Schedule, train
from fastavg.datasets import load_digits5k
from fastavg.training.range_test import LOWEST, PART, chosen, factor, range_test, smoothed

NETWORK = Network((400, 16, 10))


@pytest.fixture(scope="module")
def rows():
    X, y = load_digits5k()
    return X[::5], y[::5]


@pytest.mark.parametrize("solver", [SGD(), Adam()])
def test_the_rate_that_is_found_trains(rows, solver):
    plan = Plan(workers=2, batch_size=16, epochs=5, solver=solver)
    found = range_test(NETWORK, *rows, plan)
    assert found.rates[0] == LOWEST
    assert found.rates == sorted(found.rates)
    assert len(found.losses) == len(found.rates)

    def accuracy(rate):
        made = replace(plan, solver=replace(solver, learning_rate=rate))
        return train(NETWORK, *rows, made).score(*rows)

    assert accuracy(found.rate) > 0.8
    assert accuracy(found.rate) > accuracy(found.rate / 100)


def test_it_depends_on_plan_and_rows_alone(rows):
    plan = Plan(batch_size=16, seed=1)
    found = range_test(NETWORK, *rows, plan)
    other = replace(plan, epochs=3, solver=Adam(0.5, schedule=Schedule("cosine")))
    assert range_test(NETWORK, *rows, other) == found
    assert range_test(NETWORK, *rows, replace(plan, seed=2)).losses != found.losses


def test_loss_that_rises_ends_the_test(rows):
    found = range_test(NETWORK, *rows, Plan(batch_size=16, solver=SGD()))
    assert found.rate <= PART * found.rates[-1] * 1.1


def test_solvers_that_search_have_no_rate(rows):
    with pytest.raises(ConfigError, match="ConjugateGradient searches along lines"):
        range_test(NETWORK, *rows, Plan(batch_size=0, solver="cg"))


def test_the_choice():
    assert chosen([], []) == LOWEST
    assert chosen([1.0, 2.0, 4.0], [3.0, 3.0, 3.0]) == PART
    assert factor(1) > factor(0)
    assert smoothed([4.0, 0.0])[1] < 4.0
