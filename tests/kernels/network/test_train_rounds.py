"""Rounds in one call have the bits of rounds one by one."""

import itertools

import numpy as np
import pytest

from fastavg.kernels.network.dense import squared_weights
from fastavg.kernels.network.train_rounds import LOSS, SQUARES, WEIGHT, train_rounds
from fastavg.kernels.network.train_steps import train_steps
from fastavg.networks.network import Network
from tests.kernels import calls
from tests.problems import rows_for, weights_of

NETWORK = Network((9, 17, 3), "tanh", "softmax")
STEPS = np.array([(0, 25), (25, 25), (50, 10), (0, 0), (10, 25), (40, 20)])
BOUNDS = np.array([0, 2, 3, 3, 6])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", list(calls.UPDATES))
def test_bits_and_figures(name, dtype):
    theta = weights_of(NETWORK, dtype=dtype)
    X, Y = rows_for(NETWORK, 60, dtype=dtype)
    code, n_vectors = calls.UPDATES[name]
    together, single = (calls.workspace(NETWORK, theta, 25, n_vectors) for _ in "12")
    data = calls.arrays(X, Y, None, np.random.default_rng(0).permutation(60), dtype)
    rates, hyper, figures = np.linspace(0.1, 0.05, 6), calls.hyper(), np.full((4, 3), np.nan)

    def given(space):
        return space.theta, space.state, space.scratch, data

    rounds = train_rounds(
        together.layers, together.loss, code, hyper, rates, 0.3, *given(together), STEPS, BOUNDS,
        figures,
    )
    assert rounds == 4
    other = calls.hyper()
    for r, (begin, end) in enumerate(itertools.pairwise(BOUNDS)):
        loss, weight = train_steps(
            single.layers, single.loss, code, other, rates[begin:end], 0.3, *given(single),
            STEPS[begin:end],
        )
        assert (figures[r, LOSS], figures[r, WEIGHT]) == (loss, weight)
        assert figures[r, SQUARES] == squared_weights(single.layers, single.theta)
    assert np.array_equal(together.theta, single.theta)
    assert np.array_equal(together.state, single.state)
    assert np.array_equal(hyper, other)


def test_it_ends_before_a_round_that_leaves_a_weight_that_is_not_finite():
    theta = weights_of(NETWORK, dtype="float32")
    X, Y = rows_for(NETWORK, 60, dtype="float32")
    X[55] = np.inf
    space = calls.workspace(NETWORK, theta, 25)
    figures = np.zeros((4, 3))
    rounds = train_rounds(
        space.layers, space.loss, calls.UPDATES["sgd"][0], calls.hyper(), np.full(6, 0.1), 0.0,
        space.theta, space.state, space.scratch,
        calls.arrays(X, Y, None, np.arange(60), "float32"), STEPS, BOUNDS, figures,
    )
    assert rounds == 1
    assert not figures[1:].any()
