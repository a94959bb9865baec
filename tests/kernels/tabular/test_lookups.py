"""Rows of weights that are looked up, against products of the inputs they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.layout import lined
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.regularized import train_steps_regular
from fastavg.kernels.network.train_steps import loss_gradient, train_steps
from fastavg.kernels.tabular.lookups import look_up, spread
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.solvers import Regularization
from tests import oracles
from tests.kernels import calls
from tests.kernels.tabular.compact import LOOKUPS, WIDTH, inputs, rows
from tests.problems import weights_of

TOLERANCE = {"float32": 2e-5, "float64": 1e-12}


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("n", [1, 5, 16, 33, 48, 70])
def test_products_and_gradients(n, dtype):
    random, ld, in_ld, whole = np.random.default_rng(n), n + 3, 13, lined(n)
    out_ld = whole + 16
    # What lies between the rows is never used.
    W = np.full((WIDTH, ld), np.nan, dtype)
    W[:, :n] = random.normal(size=(WIDTH, n))
    X, error = rows(40, dtype), random.normal(size=(40, out_ld)).astype(dtype)
    block = np.zeros((40, in_ld), dtype)
    block[:, : X.shape[1]] = X
    Z = np.full((40, out_ld), 7, dtype)
    look_up(
        LOOKUPS, W.reshape(-1)[: (WIDTH - 1) * ld + n], ld, n, block.reshape(-1), in_ld, 40,
        Z.reshape(-1), out_ld,
    )
    np.testing.assert_allclose(Z[:, :n], inputs(X) @ W[:, :n], atol=20 * TOLERANCE[dtype])
    assert (Z[:, n:whole] == 0).all()
    assert (Z[:, whole:] == 7).all()
    sums = np.full((WIDTH, out_ld), np.nan, dtype)
    spread(
        LOOKUPS, sums.reshape(-1), out_ld, n, block.reshape(-1), in_ld, 40, error.reshape(-1),
        out_ld,
    )
    np.testing.assert_allclose(
        sums[:, :n], inputs(X).T @ error[:, :n], atol=50 * TOLERANCE[dtype]
    )


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("sizes", [(WIDTH, 3), (WIDTH, 16, 2), (WIDTH, 70, 5, 2)])
def test_the_gradient_of_a_network(sizes, dtype):
    network = Network(sizes, "tanh", "identity")
    theta, X = weights_of(network, dtype=dtype), rows(29, dtype)
    Y = np.random.default_rng(1).normal(size=(29, sizes[-1])).astype(dtype)
    space = Workspace(network, 29, dtype)
    space.look_up(LOOKUPS)
    repack(space.dense, theta, space.layers, space.theta)
    space.pack_weights()
    data = calls.arrays(X, Y, None, np.arange(29), dtype)
    loss, _ = loss_gradient(
        space.layers, space.loss, space.theta, space.scratch, data, 0, 29
    )
    wanted = oracles.gradient(network, theta.astype("f8"), inputs(X), Y.astype("f8"))
    found = calls.unpacked(space, space.scratch.gradient)
    np.testing.assert_allclose(found, wanted, atol=TOLERANCE[dtype])
    assert np.isfinite(loss)


@pytest.mark.parametrize("regular", [None, Regularization(dropout=0.2)])
def test_steps_are_those_on_the_inputs(regular):
    network = Network((WIDTH, 70, 6, 3), "relu", "softmax")
    theta, X = weights_of(network, dtype="float64"), rows(100)
    Y = np.random.default_rng(2).integers(0, 3, (100, 1))
    steps, rates = np.array([[0, 30], [30, 30], [60, 40]] * 4), np.full(12, 0.01)
    order = np.arange(100)
    found = []
    for looked_up, given in ((True, X), (False, inputs(X))):
        space = Workspace(
            network, 40, "float64", 2, dropped=() if regular is None else (0.2, 0.2)
        )
        if looked_up:
            space.look_up(LOOKUPS)
        repack(space.dense, theta, space.layers, space.theta)
        space.pack_weights()
        data = calls.arrays(given, Y, None, order, "float64")
        code, hyper = calls.UPDATES["adam"][0], calls.hyper()
        taken = (space.loss, code, hyper, rates, 0.1, space.theta, space.state, space.scratch,
                 data, steps)
        if regular is None:
            train_steps(space.layers, *taken)
        else:
            train_steps_regular(
                space.layers, space.back, *taken, regular.limits(), regular.drops(3),
                np.uint64(5), 0,
            )
        found.append(calls.unpacked(space, space.theta))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-12)
    assert not np.allclose(found[0], theta, atol=1e-3)
