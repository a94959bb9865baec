"""The objective of a line search; its value and gradient are in tests of the full batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.networks.network import Network
from fastavg.solvers import objective as module
from fastavg.solvers.objective import BatchObjective
from tests.kernels.network.test_full_batch import dense, oracle, problem

NETWORK = Network((7, 5, 3), "logistic", "logistic")


def test_an_empty_gradient_asks_for_the_value_alone():
    job, *_ = problem(NETWORK, np.float64)
    theta = job.workspace.theta
    objective, gradient = BatchObjective(job, 5, 40), np.zeros_like(theta)
    assert objective(theta, gradient[:0]) == objective(theta, gradient)
    assert objective.evaluations == 2


@pytest.mark.parametrize("weighted", [False, True])
def test_loss_and_weight_are_sums_over_the_rows_without_the_penalty(weighted):
    job, weights, X, Y, counted = problem(NETWORK, np.float64, weighted=weighted)
    objective = BatchObjective(job, 5, 40)
    objective(job.workspace.theta, np.zeros(0))
    value, _ = oracle(NETWORK, weights, X, Y, counted, 0.0)
    assert objective.weight == pytest.approx(counted.sum())
    assert objective.loss == pytest.approx(value * counted.sum(), rel=1e-12)


def test_the_gradient_is_the_slope_of_the_value():
    job, *_ = problem(NETWORK, np.float64)
    theta, gradient = job.workspace.theta, np.zeros_like(job.workspace.theta)
    objective, empty = BatchObjective(job, 5, 40), np.zeros(0)
    objective(theta, gradient)
    # Weights alone: a padded place between rows is no weight.
    at = np.flatnonzero(dense_places(job.workspace))[::5]
    for place in at:
        sides = []
        for step in (1e-5, -1e-5):
            moved = theta.copy()
            moved[place] += step
            sides.append(objective(moved, empty))
        assert (sides[0] - sides[1]) / 2e-5 == pytest.approx(gradient[place], rel=1e-6, abs=1e-9)


def dense_places(space):
    marks = np.zeros_like(space.theta)
    for place in range(len(marks)):
        one = np.zeros_like(marks)
        one[place] = 1
        marks[place] = dense(space, one).any()
    return marks


def test_short_calls_find_the_same_value(monkeypatch):
    job, *_ = problem(NETWORK, np.float64, rows=40)
    theta = job.workspace.theta
    whole, parts = np.zeros_like(theta), np.zeros_like(theta)
    value = BatchObjective(job, 5, 40)(theta, whole)
    monkeypatch.setattr(module, "PIECE_BYTES", 1)
    monkeypatch.setattr(module, "FLOPS_PER_CALL", 1)
    assert BatchObjective(job, 5, 40)(theta, parts) == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-15)


def test_the_penalty_is_per_row():
    job, weights, *_ = problem(NETWORK, np.float64)
    free = replace(job, l2=0.0)
    theta, empty = job.workspace.theta, np.zeros(0)
    penalty = BatchObjective(job, 5, 40)(theta, empty) - BatchObjective(free, 5, 40)(theta, empty)
    squares = sum((W**2).sum() for W, _ in NETWORK.views(weights))
    assert penalty == pytest.approx(job.l2 / (2 * 40) * squares, rel=1e-10)
