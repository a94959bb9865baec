"""Trained embeddings of a table's columns: a first layer without activation, block by block.

.. code-block:: text

    a number  --------------------> itself, times a weight --.
    its bins  --> d weights each --> d numbers --------------+--> the hidden layers
    a category -> d weights a level > d numbers --------------'

Its matrix is zero outside the blocks, in training too, so that it is one more layer to whoever
predicts with it, exports it or saves it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.tabular.compact_rows import (
    BLOCK,
    BLOCK_SIZE,
    FIRST,
    KIND,
    LEVEL,
    PLAIN,
    SIZE,
)
from fastavg.networks.network import Network
from fastavg.randomness import generator


def embedded(lookups: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """The table of lookups of a first layer that embeds categories and bins.

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        Of compact rows (:mod:`fastavg.kernels.tabular.compact_rows`).
    width : int
        Numbers that a category, or the bins of a number, become.

    Returns
    -------
    array like lookups
        Each lookup with the outputs that its weights lead to.

    Examples
    --------
    >>> from fastavg.kernels.tabular.compact_rows import LEVEL, PLAIN, table_of
    >>> embedded(table_of([PLAIN, LEVEL], [2, 7]), 3)[:, BLOCK:].tolist()
    [[0, 2], [2, 3]]
    """
    made = lookups.copy()
    made[:, BLOCK_SIZE] = np.where(lookups[:, KIND] == PLAIN, lookups[:, SIZE], width)
    made[:, BLOCK] = np.cumsum(made[:, BLOCK_SIZE]) - made[:, BLOCK_SIZE]
    return made


def embedding_outputs(lookups: NDArray[np.int64]) -> int:
    """Outputs of the layer that :func:`embedded` describes.

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        What it gave.
    """
    return int(lookups[:, BLOCK_SIZE].sum())


def start_embeddings(
    network: Network, weights: NDArray[np.floating], lookups: NDArray[np.int64], seed: int
) -> None:
    """First weights of the embeddings, in place.

    A number is itself; levels are drawn from a normal distribution (Holzmueller, Grinsztajn and
    Steinwart, "Better by default", 2024); what bins add begins with zeros (Gorishniy, Kotelnikov
    and Babenko, "TabM", 2024).

    Parameters
    ----------
    network : Network
        Its first layer embeds.
    weights : array (n_weights,)
        Of the whole network; those of the first layer are replaced.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        What :func:`embedded` gave.
    seed : int
        The same seed gives the same weights.
    """
    matrix, biases = network.views(weights)[0]
    matrix[:], biases[:] = 0, 0
    random = generator(seed, "embeddings")
    for lookup in lookups:
        rows = slice(lookup[FIRST], lookup[FIRST] + lookup[SIZE])
        columns = slice(lookup[BLOCK], lookup[BLOCK] + lookup[BLOCK_SIZE])
        if lookup[KIND] == PLAIN:
            matrix[rows, columns] = np.eye(int(lookup[SIZE]))
        elif lookup[KIND] == LEVEL:
            matrix[rows, columns] = random.standard_normal(matrix[rows, columns].shape)
