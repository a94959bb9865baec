"""Local training: a pure function of center, own vectors, round and worker."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.sampling_schemes import Shards
from fastavg.solvers import SGD, Adam, Regularization
from fastavg.training.center import CenterBuffers
from fastavg.training.programs import PROGRAMS, Order, Programs
from fastavg.training.programs.local_training import LocalTraining
from fastavg.training.run import Run
from tests import oracles
from tests.training.runs import NETWORK, data_for, small_plan

STATES = ["average", "reset", "keep"]


def make(workers=3, n=60, **changes):
    plan = small_plan(workers=workers, dtype="float64", **changes)
    rows = data_for(NETWORK, n, "float64")
    run = Run(NETWORK, plan, rows, NETWORK.initial_weights(0, dtype="float64"))
    buffers = CenterBuffers.create("private", plan, NETWORK.n_weights, workers)
    buffers.center(0)[0] = run.start
    return run, buffers


def test_a_slot_holds_the_weights_after_the_workers_own_steps():
    run, buffers = make(
        n=24, sampling=Shards(shuffle=False), solver=SGD(0.1), regularization=Regularization(0)
    )
    program, sampler = LocalTraining(run, buffers, range(3)), run.plan.sampler(24)
    for worker in range(3):
        report = program(Order("train", 0, worker, 0, 2))
        batches = sampler.batches(worker, 0, 0, 2)
        rows = [batches.order[first : first + count] for first, count in batches.steps]
        state = oracles.Momentum(NETWORK.n_weights)
        expected, loss = oracles.train(
            NETWORK, run.start, run.rows.X, run.rows.Y, rows, state, [0.1, 0.1]
        )
        np.testing.assert_allclose(buffers.slot(0, worker)[0], expected, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(buffers.slot(0, worker)[1], state.v, rtol=1e-9, atol=1e-14)
        assert report.loss == pytest.approx(loss, rel=1e-10)
        assert (report.worker, report.weight, report.evaluations) == (worker, 8, 2)
        assert report.finite


@pytest.mark.parametrize("state", STATES)
def test_an_order_that_is_carried_out_again_leaves_the_same_bits(state):
    run, buffers = make(
        solver=Adam(0.01), solver_state=state, regularization=Regularization(dropout=0.3)
    )
    first, second = (LocalTraining(run, buffers, range(3)) for _ in range(2))
    for round in range(2):
        order = Order("train", round, 1, 3 * round, 3 * round + 3)
        first(order)
        left = buffers.slot(round, 1).copy()
        first(Order("train", round, 2, 3 * round, 3 * round + 3))
        for program in (first, second):
            buffers.slot(round, 1)[:] = np.nan
            program(order)
            assert buffers.slot(round, 1).tobytes() == left.tobytes()
        buffers.center(round + 1)[:] = left[: len(buffers.center(0))]


@pytest.mark.parametrize("state", STATES)
def test_where_a_workers_solver_state_comes_from(state):
    run, buffers = make(solver=SGD(1e-300), solver_state=state)
    program = LocalTraining(run, buffers, range(3))
    # A velocity that is not zero shows in the weights, as the learning rate moves nothing.
    buffers.center(1)[0] = 0
    if state != "reset":
        buffers.center(1)[1] = 1
        buffers.slot(0, 0)[1] = 2
    program(Order("train", 1, 0, 3, 4))
    momentum = {"average": 0.9, "reset": 0.0, "keep": 1.8}[state]
    np.testing.assert_allclose(buffers.slot(1, 0)[0], momentum, rtol=1e-12, atol=1e-12)


def test_a_replica_starts_where_the_rule_says():
    run, buffers = make(averaging="easgd", solver=SGD(1e-300, momentum=0))
    buffers.slot(0, 0)[0], buffers.center(1)[0] = 4, 2
    LocalTraining(run, buffers, range(3))(Order("train", 1, 0, 3, 4))
    expected = np.zeros(NETWORK.n_weights)
    run.plan.averaging.start(np.full_like(expected, 2), np.full_like(expected, 4), expected)
    np.testing.assert_allclose(buffers.slot(1, 0)[0], expected, rtol=1e-12)


def test_the_rate_factor_multiplies_the_learning_rate():
    run, buffers = make(solver=SGD(0.2, momentum=0))
    half, others = make(solver=SGD(0.1, momentum=0))
    LocalTraining(run, buffers, range(3))(Order("train", 0, 0, 0, 3, 0.5))
    LocalTraining(half, others, range(3))(Order("train", 0, 0, 0, 3))
    assert buffers.slot(0, 0)[0].tobytes() == others.slot(0, 0)[0].tobytes()


def test_weights_that_are_not_finite_are_reported():
    run, buffers = make()
    buffers.center(0)[0] = np.inf
    assert not LocalTraining(run, buffers, range(3))(Order("train", 0, 0, 0, 1)).finite


def test_programs_are_made_when_they_are_asked_for():
    run, buffers = make()
    programs = Programs(run, buffers, range(3))
    assert programs(Order("train", 0, 2, 0, 1)).worker == 2
    buffers.center(1)[0] = run.start
    assert programs(Order("gradient", 0, 1, 0, 1)).worker == 1
    assert set(PROGRAMS) >= {"train", "gradient"}
    with pytest.raises(KeyError, match="bake"):
        programs(Order("bake", 0, 0, 0, 1))
