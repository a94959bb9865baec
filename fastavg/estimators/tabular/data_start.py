"""First weights of hidden layers that fit the training rows.

Drawn weights give one unit large sums and another one small sums, and some kinks lie where there
is no row.  Here each hidden unit's weights are scaled so that its sums over a sample of the rows
deviate by 1, and its bias is minus a random mixture of its sums at five of the rows, so that the
kink lies among them (Holzmüller, Grinsztajn and Steinwart, "Better by default", 2024).  One layer
follows the other, for the sums of a layer depend on those before it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.rows import Rows
from fastavg.errors import ConfigError
from fastavg.models.forward import Forward
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.networks.embedding_network import EmbeddingNetwork
from fastavg.networks.network import Network
from fastavg.networks.parametric_activations import base_of
from fastavg.randomness import generator

Array = NDArray[np.floating]
# Rows that the sums are made of, and those that place a kink.
SAMPLE, MIXED = 1024, 5
# Sums that deviate by less are the same in all rows: there is nothing to scale.
LEAST = 1e-6


def fit_start(network: Network, weights: Array, rows: Rows, seed: int) -> Array:
    """First weights whose hidden layers fit the rows.

    Parameters
    ----------
    network : Network
        Of compact rows.
    weights : array (n_weights,) of float32
        As they are drawn.
    rows : Rows
        Training rows, in memory.
    seed : int
        The same seed gives the same weights for the same rows.

    Returns
    -------
    array (n_weights,) of float32
        With other hidden layers; embeddings and outputs are the same.

    Raises
    ------
    ConfigError
        If the rows stay in files.
    """
    if rows.stream is not None:
        raise ConfigError(
            "data_start needs all rows in memory, and they stay in their files; leave one of the "
            "two out"
        )
    random, made = generator(seed, "data start"), weights.copy()
    X = rows.dense
    chosen = np.sort(random.choice(len(X), min(SAMPLE, len(X)), replace=False))
    X = np.ascontiguousarray(X[chosen])
    layers, first = network.views(made), 0
    if isinstance(network, EmbeddingNetwork):
        X, first = _embedded(network, made, X), 1
    for index in range(first, len(layers) - 1):
        W, b = layers[index]
        lookups = rows.lookups if index == 0 else None
        b[:] = 0
        sums = _sums(W, b, X, lookups)
        deviation = sums.std(axis=0)
        scale = np.where(deviation > LEAST, 1 / np.maximum(deviation, LEAST), 1.0)
        W *= scale.astype(W.dtype)
        sums *= scale
        shares = random.exponential(size=(MIXED, len(b)))
        at = random.integers(len(X), size=shares.shape)
        mixed = (shares * np.take_along_axis(sums, at, axis=0)).sum(axis=0) / shares.sum(axis=0)
        b[:] = -mixed
        # Factors of units begin with 1, which is the activation without them.
        activation: Any = ACTIVATIONS[base_of(network.activations[index])]
        X = np.asarray(activation.value(sums - mixed), made.dtype)
    return made


def _sums(W: Array, b: Array, X: Array, lookups: NDArray[np.int64] | None) -> Array:
    """What the units of a layer are given, by the kernels: the same bits for any threads."""
    layer = Network(W.shape, output="identity")
    weights = np.concatenate([W.ravel(), b])
    return Forward(layer, X.dtype, lookups).load(weights)(X).astype(np.float64)


def _embedded(network: EmbeddingNetwork, weights: Array, X: Array) -> Array:
    """The embedded rows, one submodel after the other."""
    from fastavg.kernels.tabular.embeddings import PIECE_SIZE, embed

    matrix, shift = network.views(weights)[0]
    inputs, size, n = network.layer_sizes[0], network.embedding, network.layer_sizes[1]
    pieces = np.ascontiguousarray(network.pieces)
    bins = np.empty((int(pieces[:, PIECE_SIZE].max()) + 1) * size, weights.dtype)
    found = np.empty((len(X), n), weights.dtype)
    embed(
        pieces, matrix[:inputs].ravel(), size, X.ravel(), X.shape[1], len(X), found.ravel(), n, n,
        bins,
    )
    adapters = np.ones((network.submodels, n), weights.dtype)
    if network.adapters:
        adapters[:] = matrix[inputs:].reshape(adapters.shape)
    made = np.concatenate([found * adapter for adapter in adapters])
    made[:, :size] += shift
    return made
