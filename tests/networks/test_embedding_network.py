"""Networks with embeddings, and of several submodels: shapes, first weights, plain networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.kernels.tabular.compact_rows import BIN, LEVEL, PLAIN
from fastavg.networks.embedding_network import LEVEL_DEVIATION, embedding_network
from tests import oracles
from tests.kernels.tabular.compact import LOOKUPS, WIDTH, inputs, rows


def of(submodels=3, hidden=(7, 5), embedding=4, output="softmax", scaling=False):
    made = embedding_network(LOOKUPS, embedding, hidden, 2, "tanh", output, submodels)
    return replace(made, scaling=scaling)


def answers(network, weights, X):
    """Embeddings, adapters, shared layers and heads as they are written down, in float64."""
    (matrix, shift), *layers = network.views(weights.astype("f8"))
    size, found = network.embedding, []
    embedded = np.zeros((len(X), network.layer_sizes[1]))
    for _, first, count, _, block in network.pieces:
        place = slice(block * size, block * size + size)
        embedded[:, place] += inputs(X)[:, first : first + count] @ matrix[first : first + count]
    adapters = np.ones((network.submodels, embedded.shape[1]))
    if network.adapters:
        adapters = matrix[WIDTH:].reshape(adapters.shape)
    for number, adapter in enumerate(adapters):
        a = embedded * adapter
        # The layer's biases are as many as an embedding has numbers: those of the first one.
        a[:, :size] += shift
        for W, b in layers[:-1]:
            a = np.tanh(a @ W + b)
        W, b = layers[-1]
        found.append(a @ np.split(W, network.submodels)[number] + b)
    return found


@pytest.mark.parametrize(("submodels", "scaling"), [(1, False), (1, True), (2, False), (5, True)])
@pytest.mark.parametrize("embedding", [1, 4])
def test_submodels_are_plain_networks(submodels, embedding, scaling):
    network = of(submodels, embedding=embedding, scaling=scaling)
    weights, X = network.start(0, "glorot-biases").astype("f8"), rows(50)
    weights += 0.2 * np.random.default_rng(1).normal(size=len(weights))
    members = network.members(weights)
    assert members.shape == (submodels, network.member.n_weights)
    for own, wanted in zip(members, answers(network, weights, X), strict=True):
        z = oracles.forward(network.member, own, inputs(X))[0][-1]
        np.testing.assert_allclose(z, wanted, atol=1e-12)


def test_shapes_and_what_describes_it():
    network = of(3)
    blocks = len(network.pieces)
    assert network.layer_sizes == (WIDTH, 4 * blocks, 7, 5, 2)
    assert network.shapes == ((WIDTH + 3 * blocks, 4), (4 * blocks, 7), (7, 5), (15, 2))
    assert network.n_weights == sum(n * m + m for n, m in network.shapes)
    assert network.activations == ("identity", "tanh", "tanh", "identity")
    assert network.as_dict()["submodels"] == 3
    assert network != of(2)
    assert of(1).shapes[0] == (WIDTH, 4)
    # Each plain number is a piece of its own, and so are bins and categories.
    assert sorted({kind for kind, *_ in network.pieces.tolist()}) == [PLAIN, LEVEL, BIN]
    assert network.pieces[:, 2].sum() == WIDTH
    assert network.row_numbers == rows(1).shape[1]


def test_columns_are_scaled_by_an_adapter_that_begins_with_ones():
    network, plain = of(1, scaling=True), of(1)
    assert network.shapes[0] == (WIDTH + len(network.pieces), 4)
    adapter = network.views(network.start(3, "glorot-biases"))[0][0][WIDTH:]
    assert (adapter == 1).all()
    assert network.matrix_parts[0] == (("embeddings", WIDTH), ("scaling", len(adapter) + WIDTH))
    assert plain.matrix_parts == (
        (("embeddings", WIDTH),), (("hidden", 4 * len(plain.pieces)),), (("hidden", 7),),
        (("outputs", 5),),
    )
    assert network.as_dict()["scaling"] is True
    assert "scaling" not in plain.as_dict()


def test_first_weights():
    network = embedding_network(LOOKUPS, 4, (7,), 2, submodels=50)
    weights = network.start(3, "glorot-biases")
    matrix, biases = network.views(weights)[0]
    for kind, first, count, _, _ in network.pieces:
        own = matrix[first : first + count]
        if kind == PLAIN:
            assert own.tolist() == [[1, 0, 0, 0]]
        elif kind == BIN:
            assert not own.any()
        else:
            assert 0.3 < own.std() / LEVEL_DEVIATION < 2
    adapters = matrix[WIDTH:]
    assert set(np.unique(adapters)) == {-1.0, 1.0}
    # One for a column, not one for each of its numbers.
    assert (adapters == adapters[:, :1]).all()
    assert not biases.any()
    assert (weights == network.start(3, "glorot-biases")).all()
    assert (weights != network.start(4, "glorot-biases")).any()
    heads = np.split(network.views(weights)[-1][0], 50)
    bound = np.sqrt(6 / (7 + 2))
    assert 0.8 * bound < np.abs(heads).max() <= bound


def test_what_is_impossible_is_refused():
    with pytest.raises(ConfigError, match="submodels is 0; it must be a whole number of at least"):
        of(0)
    with pytest.raises(ConfigError, match="hidden_layer_sizes has none"):
        of(hidden=())
