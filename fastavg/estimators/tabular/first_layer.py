"""The network of a table: its inputs, embeddings if they are asked for, hidden layers, outputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.table_encoder import TableEncoder
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.networks.embedding_network import EmbeddingNetwork, embedding_network
from fastavg.networks.network import Network

# Numbers of an embedding that submodels share, if the recipe has no embeddings.
SHARED_EMBEDDING = 8


def network_of(encoder: TableEncoder, recipe: Recipe, outputs: int, output: str) -> Network:
    """The network that a recipe asks for.

    Parameters
    ----------
    encoder : TableEncoder
        Makes the inputs.
    recipe : Recipe
        Hidden layers, their activation, the width of embeddings, their scaling, and submodels.
    outputs : int
        Classes or numbers.
    output : str
        Output of the network.

    Returns
    -------
    Network
        Of compact rows; without hidden layers it has no embeddings, which would change nothing.

    Raises
    ------
    ConfigError
        If submodels are asked for that have no hidden layer to share.
    """
    hidden = recipe.hidden_layer_sizes
    if recipe.submodels == 1 and not (recipe.embedding and hidden):
        return Network((encoder.width, *hidden, outputs), recipe.activation, output)
    made = embedding_network(
        encoder.lookups, recipe.embedding or SHARED_EMBEDDING, hidden, outputs, recipe.activation,
        output, recipe.submodels,
    )
    return replace(made, scaling=recipe.scaling)


def first_weights(network: Network, seed: int, init: str) -> NDArray[np.floating]:
    """The weights that a member starts from.

    Parameters
    ----------
    network : Network
        The layers.
    seed : int
        The member's own.
    init : str
        See :meth:`fastavg.networks.network.Network.initial_weights`.

    Returns
    -------
    array (n_weights,) of float32
        Drawn from the seed.
    """
    if isinstance(network, EmbeddingNetwork):
        return network.start(seed, init)
    return network.initial_weights(seed, init, np.dtype(np.float32))
