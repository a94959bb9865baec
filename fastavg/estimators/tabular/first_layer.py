"""The network of a table: its inputs, embeddings if they are asked for, hidden layers, outputs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.table_encoder import TableEncoder
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.kernels.tabular.compact_rows import BLOCK_SIZE
from fastavg.networks.embeddings import embedded, embedding_outputs, start_embeddings
from fastavg.networks.network import Network


class TableNetwork(NamedTuple):
    """A network, and how its first layer takes compact rows.

    Attributes
    ----------
    network : Network
        The layers.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        See :mod:`fastavg.kernels.tabular.compact_rows`.
    """

    network: Network
    lookups: NDArray[np.int64]


def network_of(
    encoder: TableEncoder, recipe: Recipe, outputs: int, output: str
) -> TableNetwork:
    """The network that a recipe asks for.

    Parameters
    ----------
    encoder : TableEncoder
        Makes the inputs.
    recipe : Recipe
        Hidden layers, their activation, and the width of embeddings.
    outputs : int
        Classes or numbers.
    output : str
        Output of the network.
    """
    hidden, lookups = recipe.hidden_layer_sizes, encoder.lookups
    if not recipe.embedding:
        sizes = (encoder.width, *hidden, outputs)
        return TableNetwork(Network(sizes, recipe.activation, output), lookups)
    lookups = embedded(lookups, recipe.embedding)
    sizes = (encoder.width, embedding_outputs(lookups), *hidden, outputs)
    activations = ("identity", *(recipe.activation for _ in hidden))
    return TableNetwork(Network(sizes, activations, output), lookups)


def first_weights(
    network: Network, lookups: NDArray[np.int64] | None, seed: int, init: str
) -> NDArray[np.floating]:
    """The weights that a member starts from.

    Parameters
    ----------
    network : Network
        The layers.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64, optional
        Of the rows that train it.
    seed : int
        The member's own.
    init : str
        See :meth:`fastavg.networks.network.Network.initial_weights`.

    Returns
    -------
    array (n_weights,) of float32
        Drawn from the seed.
    """
    weights = network.initial_weights(seed, init, np.dtype(np.float32))
    if lookups is not None and lookups[:, BLOCK_SIZE].any():
        start_embeddings(network, weights, lookups, seed)
    return weights
