"""The gradient program: a pure function of the next center and the worker's rows."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.plan.plan import Plan
from fastavg.solvers import Regularization
from fastavg.training.center import CenterBuffers
from fastavg.training.programs import Order
from fastavg.training.programs.gradient import Gradient
from fastavg.training.run import Run
from tests.kernels.network.test_full_batch import oracle
from tests.training.runs import NETWORK, data_for

L2 = 0.3


def make(workers=3, weighted=False, n=41, **changes):
    plan = Plan(**{
        "workers": workers, "batch_size": 0, "dtype": "float64", "solver": "cg",
        "solver_state": "reset", "regularization": Regularization(L2), **changes,
    })
    rows = data_for(NETWORK, n, "float64", weighted)
    run = Run(NETWORK, plan, rows, NETWORK.initial_weights(0, dtype="float64"))
    buffers = CenterBuffers.create("private", plan, NETWORK.n_weights, workers)
    buffers.center(1)[0] = NETWORK.initial_weights(4, dtype="float64")
    return run, buffers


@pytest.mark.parametrize("weighted", [False, True])
def test_a_slot_holds_the_gradient_of_the_workers_objective(weighted):
    run, buffers = make(weighted=weighted)
    program = Gradient(run, buffers, range(3))
    sampler = run.plan.sampler(41, run.rows.Y)
    for worker in range(3):
        report = program(Order("gradient", 0, worker, 0, 1))
        batches = sampler.batches(worker, 0, 0, 1)
        rows = batches.order[batches.steps[0, 0] :][: batches.steps[0, 1]]
        counted = run.rows.weights[rows] if weighted else np.ones(len(rows))
        value, gradient = oracle(
            NETWORK, buffers.center(1)[0], run.rows.X[rows], run.rows.Y[rows], counted, 0.0
        )
        _, derivative = oracle(
            NETWORK, buffers.center(1)[0], run.rows.X[rows], run.rows.Y[rows], counted, L2
        )
        assert (report.worker, report.finite, report.evaluations) == (worker, True, 1)
        assert report.weight == pytest.approx(counted.sum())
        assert report.loss == pytest.approx(value * counted.sum(), rel=1e-12)
        np.testing.assert_allclose(buffers.slot(0, worker)[0], derivative, rtol=1e-10, atol=1e-13)
        assert gradient.shape == derivative.shape
        assert 0 <= report.kernel_seconds <= report.seconds


def test_an_order_that_is_carried_out_again_leaves_the_same_bits():
    run, buffers = make()
    first, second = (Gradient(run, buffers, range(3)) for _ in range(2))
    order = Order("gradient", 0, 1, 0, 1)
    first(order)
    left = buffers.slot(0, 1)[0].copy()
    first(Order("gradient", 0, 2, 0, 1))
    for program in (first, second):
        buffers.slot(0, 1)[0] = np.nan
        program(order)
        assert buffers.slot(0, 1)[0].tobytes() == left.tobytes()


def test_the_committed_center_is_not_touched():
    run, buffers = make()
    buffers.center(0)[0] = 7
    Gradient(run, buffers, range(3))(Order("gradient", 0, 0, 0, 1))
    assert (buffers.center(0)[0] == 7).all()


def test_a_rank_writes_to_its_own_slots():
    run, buffers = make()
    Gradient(run, buffers, range(2, 5))(Order("gradient", 0, 2, 0, 1))
    assert buffers.slot(0, 0)[0].any()
    assert not buffers.slot(0, 1)[0].any()


def test_a_step_without_rows_has_a_gradient_of_zeros_and_no_weight():
    # Nine rows in steps of 4 + 4: the last step is one row, and the second worker has none.
    run, buffers = make(workers=2, n=9, batch_size=4, solver="sgd")
    program = Gradient(run, buffers, range(2))
    reports = [program(Order("gradient", 0, worker, 1, 2)) for worker in range(2)]
    empty = [report.worker for report in reports if not report.weight]
    assert len(empty) == 1
    assert not buffers.slot(0, empty[0])[0].any()
    assert reports[empty[0]].evaluations == 0


def test_a_gradient_that_is_not_finite_is_reported():
    run, buffers = make()
    buffers.center(1)[0] = np.inf
    assert not Gradient(run, buffers, range(3))(Order("gradient", 0, 0, 0, 1)).finite
