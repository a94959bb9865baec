"""Embeddings of compact rows and their gradient, against products of the inputs."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.tabular.embeddings import embed, embed_gradient
from fastavg.networks.embedding_network import embedding_network
from tests.kernels.tabular.compact import LOOKUPS, WIDTH, inputs, rows

TOLERANCE = {"float32": 2e-5, "float64": 1e-12}
N = 40


def matrix_of(network, embeddings):
    """The embeddings as a matrix of all inputs and outputs, zero between the blocks."""
    size = network.embedding
    found = np.zeros((WIDTH, network.blocks * size))
    for _, first, count, _, block in network.pieces:
        place = slice(block * size, block * size + size)
        found[first : first + count, place] = embeddings[first : first + count]
    return found


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("size", [1, 3, 8])
def test_embeddings_and_their_gradient(size, dtype):
    random, in_ld = np.random.default_rng(size), 13
    network = embedding_network(LOOKUPS, size, (5,), 2)
    n, ld = network.layer_sizes[1], network.layer_sizes[1] + 3
    X, E = rows(N, dtype), random.normal(size=(WIDTH, size)).astype(dtype)
    block, bins = np.zeros((N, in_ld), dtype), np.full(8 * size, np.nan, dtype)
    block[:, : X.shape[1]] = X
    out = np.full((N, ld), 7, dtype)
    embed(network.pieces, E.ravel(), size, block.ravel(), in_ld, N, out.reshape(-1), ld, n, bins)
    wanted = inputs(X) @ matrix_of(network, E)
    np.testing.assert_allclose(out[:, :n], wanted, atol=20 * TOLERANCE[dtype])
    assert (out[:, n:] == 7).all()

    error = random.normal(size=(N, ld)).astype(dtype)
    sums = np.full((WIDTH, size), np.nan, dtype)
    embed_gradient(
        network.pieces, sums.reshape(-1), size, block.ravel(), in_ld, N, error.ravel(), ld, bins
    )
    whole = inputs(X).T @ error[:, :n].astype("f8")
    wanted = np.zeros((WIDTH, size))
    for _, first, count, _, at in network.pieces:
        wanted[first : first + count] = whole[
            first : first + count, at * size : (at + 1) * size
        ]
    np.testing.assert_allclose(sums, wanted, atol=50 * TOLERANCE[dtype])
