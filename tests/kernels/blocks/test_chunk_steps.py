"""Steps along a mean gradient: chunk by chunk, in spans, and along one that is given."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.chunk_steps import (
    penalize_pieces,
    step_along,
    step_pieces,
    step_span,
)
from fastavg.kernels.blocks.records import Training
from fastavg.kernels.blocks.segments import pieces_of
from fastavg.kernels.network.layout import Samples
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.kernels.network.packing import repack
from fastavg.solvers import SGD
from tests.kernels.blocks.problem import Problem

# Kernels may have to be compiled first.
pytestmark = pytest.mark.timeout(600)


def test_a_step_along_a_given_mean_moves_weights_and_leaves_gaps_and_biases_undecayed():
    problem = Problem(dtype="float64", solver=SGD(momentum=0), l2=0.5)
    space, random = problem.space(), np.random.default_rng(0)
    repack(space.dense, problem.start, space.layers, space.theta)
    mean = np.zeros_like(space.theta)
    dense = random.normal(size=problem.network.n_weights)
    repack(space.dense, dense, space.layers, mean)
    before, hyper = space.theta.copy(), problem.hyper(0, 1)
    training = Training(
        space.layers, space.dense, space.loss, problem.solver.code("float64"), 0.5, space.scratch,
        Samples(*problem.data, np.zeros(0, np.int64)),
    )
    pieces = pieces_of(space.layers, space.theta.size)
    step_along(training, hyper, 0.1, pieces, space.theta, space.state, mean, 20.0)
    decays = np.zeros_like(before)
    for at, length, decay in pieces.table:
        decays[at : at + length] = decay
    expected = before - 0.1 * (mean + 0.5 / 20 * decays * before)
    np.testing.assert_allclose(space.theta, expected, rtol=1e-14, atol=1e-16)
    assert hyper[STEP_AT] == 1
    # Without rows nothing moves, and the step still counts.
    step_along(training, hyper, 0.1, pieces, space.theta, space.state, mean, 0.0)
    np.testing.assert_allclose(space.theta, expected, rtol=1e-14, atol=1e-16)
    assert hyper[STEP_AT] == 2


def test_a_span_is_stepped_as_its_pieces_are():
    problem = Problem(solver=SGD())
    space, random = problem.space(), np.random.default_rng(0)
    pieces = pieces_of(space.layers, space.theta.size)
    repack(space.dense, problem.start, space.layers, space.theta)
    mean = np.zeros_like(space.theta)
    dense = random.normal(size=problem.network.n_weights).astype("f4")
    repack(space.dense, dense, space.layers, mean)
    table, high = pieces.table, len(pieces.table)
    given = problem.solver.code("float32"), problem.hyper(0, 1), 0.1, np.float32(0.2)
    found = []
    for step, gradient, start in (
        (step_pieces, np.concatenate([mean[at : at + n] for at, n, _ in table]), ()),
        (step_span, mean, (0,)),
    ):
        theta, state = space.theta.copy(), np.ones_like(space.state)
        step(*given, theta, state, table, 0, high, *start, gradient)
        assert not (theta == space.theta).all()
        found.append(theta.tobytes() + state.tobytes())
    assert found[0] == found[1]


def test_penalties_pull_weights_alone_and_numbers_are_clipped():
    table = np.array([[0, 3, 1], [3, 2, 0]])
    theta = np.array([1.0, -2.0, 0.0, 5.0, 5.0])
    gradient = np.array([0.0, 0.0, 0.5, -9.0, 0.25])
    number = np.float64
    assert penalize_pieces(theta, table, 0, 2, gradient, number(0.1), number(0.2), number(2)) == 5
    np.testing.assert_allclose(gradient, [0.3, -0.4, 0.5, -2.0, 0.25])
