"""A first layer that embeds the columns of a table."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.layout import Samples
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.train_steps import loss_gradient
from fastavg.kernels.tabular.compact_rows import BIN, BLOCK, BLOCK_SIZE, LEVEL, PLAIN
from fastavg.kernels.tabular.lookups import keep_blocks
from fastavg.networks.embeddings import embedded, embedding_outputs, start_embeddings
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from tests import oracles
from tests.kernels import calls
from tests.kernels.tabular.compact import LOOKUPS, WIDTH, inputs, rows

BLOCKS = embedded(LOOKUPS, 4)
OUTPUTS = embedding_outputs(BLOCKS)
NETWORK = Network((WIDTH, OUTPUTS, 5, 2), ("identity", "tanh"), "identity")


def inside():
    """Which weights of the first layer are trained, by definition."""
    wanted, at = np.zeros((WIDTH, OUTPUTS), bool), 0
    for kind, first, size, *_ in LOOKUPS:
        width = size if kind == PLAIN else 4
        block = wanted[first : first + size, at : at + width]
        block[:] = np.eye(size, dtype=bool) if kind == PLAIN else True
        at += width
    assert at == OUTPUTS
    return wanted


def started(seed=0):
    weights = NETWORK.initial_weights(seed)
    start_embeddings(NETWORK, weights, BLOCKS, seed)
    return weights


def test_blocks_follow_each_other():
    assert BLOCKS[0, BLOCK] == 0
    np.testing.assert_array_equal(np.diff(BLOCKS[:, BLOCK]), BLOCKS[:-1, BLOCK_SIZE])
    assert not LOOKUPS[:, BLOCK:].any()


def test_numbers_are_themselves_and_levels_drawn():
    matrix, biases = NETWORK.views(started())[0]
    assert not matrix[~inside()].any()
    assert not biases.any()
    for kind, first, size, _, block, width in BLOCKS:
        part = matrix[first : first + size, block : block + width]
        if kind == PLAIN:
            np.testing.assert_array_equal(part, np.eye(size))
        else:
            assert part.all() == (kind == LEVEL)
            assert part.any() == (kind != BIN)
    np.testing.assert_array_equal(started(), started())
    assert not np.array_equal(started(), started(1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_is_that_of_the_blocks(dtype):
    theta, X = started().astype(dtype), rows(31, dtype)
    Y = np.random.default_rng(1).normal(size=(31, 2)).astype(dtype)
    space = Workspace(NETWORK, 31, dtype)
    space.look_up(BLOCKS)
    repack(space.dense, theta, space.layers, space.theta)
    space.pack_weights()
    data = Samples(X, Y, X[:0, 0], np.arange(31))
    loss_gradient(space.layers, space.loss, space.theta, space.scratch, data, 0, 31)
    wanted = oracles.gradient(NETWORK, theta.astype("f8"), inputs(X), Y.astype("f8"))
    NETWORK.views(wanted)[0][0][~inside()] = 0
    found = calls.unpacked(space, space.scratch.gradient)
    np.testing.assert_allclose(found, wanted, atol=2e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize(("first", "stop"), [(0, WIDTH), (0, 4), (4, 13)])
def test_zeros_outside_of_blocks(first, stop):
    ld = OUTPUTS + 3
    gradient = np.ones((stop - first, ld))
    keep_blocks(BLOCKS, first, stop, OUTPUTS, gradient.reshape(-1), ld)
    np.testing.assert_array_equal(gradient[:, :OUTPUTS] == 1, inside()[first:stop])
    assert (gradient[:, OUTPUTS:] == 1).all()
    keep_blocks(LOOKUPS, first, stop, OUTPUTS, gradient.reshape(-1), ld)
    np.testing.assert_array_equal(gradient[:, :OUTPUTS] == 1, inside()[first:stop])
