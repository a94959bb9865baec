"""Weights that stay where they are trained: the same bits, and copies for whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.solvers import SGD, Adam
from fastavg.training.center import CenterBuffers
from fastavg.training.programs import Order
from fastavg.training.programs.local_training import LocalTraining
from fastavg.training.programs.resident_training import ResidentTraining
from fastavg.training.run import Run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

ROUNDS = 3


def run_of(solver, start=True):
    plan = small_plan(workers=1, solver=solver, epochs=ROUNDS)
    given = first_weights(NETWORK, plan) if start else None
    return Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), given)


def orders(run):
    sampler = run.sampler()
    spans = [run.plan.span(sampler, round) for round in range(ROUNDS)]
    return [Order("train", round, 0, *span, 1 / (1 + round)) for round, span in enumerate(spans)]


def resident(run):
    return ResidentTraining(run, CenterBuffers.create("private", run.plan, 0, 1), range(1))


def rounds_by_the_center(run):
    """What a worker leaves that takes the center and hands over its slot, every round."""
    buffers = CenterBuffers.create("private", run.plan, NETWORK.n_weights, 1)
    buffers.center(0)[0] = run.first_weights()
    training, found = LocalTraining(run, buffers, range(1)), [run.first_weights()]
    for order in orders(run):
        training(order)
        buffers.center(order.round + 1)[:] = buffers.slot(order.round, 0)
        found.append(buffers.center(order.round + 1)[0].copy())
    return found


@pytest.mark.parametrize("solver", [SGD(0.1), Adam(0.01)], ids=["sgd", "adam"])
def test_weights_of_every_round_have_the_same_bits(solver):
    run = run_of(solver)
    expected, training = rounds_by_the_center(run), resident(run)
    for order in orders(run):
        report = training(order)
        assert report.finite
        assert report.weight > 0
        found = training.weights(order.round + 1)
        assert np.array_equal(found, expected[order.round + 1])
        found[:] = 0
    assert training.squares() == pytest.approx(sum(
        float((W * W).sum()) for W, _ in NETWORK.views(expected[-1])
    ))
    assert np.array_equal(training.release(ROUNDS), expected[-1])


def test_earlier_rounds_are_trained_again():
    run = run_of(Adam(0.01))
    expected, training = rounds_by_the_center(run), resident(run)
    for order in orders(run):
        training(order)
    for round in (1, 3, 0, 2):
        assert np.array_equal(training.weights(round), expected[round])


def test_rounds_at_once_have_the_same_bits():
    run = run_of(SGD(0.1))
    first, rest, figures = orders(run)[0], orders(run)[1:], np.empty((2, 3))
    one_by_one, at_once = resident(run), resident(run)
    for training in (one_by_one, at_once):
        training(first)
    for order in rest:
        one_by_one(order._replace(rate_factor=0.5))
    bounds = np.array([rest[0].first_step, rest[1].first_step, rest[1].stop_step])
    assert at_once.rounds(1, bounds, 0.5, figures) == 2
    assert np.array_equal(at_once.weights(3), one_by_one.weights(3))


def test_first_weights_are_drawn_where_none_are_given():
    run, drawn = run_of(SGD(0.1)), run_of(SGD(0.1), start=False)
    assert np.array_equal(resident(run).weights(0), resident(drawn).weights(0))
