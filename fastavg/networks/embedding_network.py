"""A network of several submodels, which share all layers but have adapters and heads of their own.

.. code-block:: text

    columns --> embeddings --+-- times adapter 1 --> hidden layers --> head 1
                             +-- times adapter 2 --> hidden layers --> head 2
                             '-- ...                (the same ones)

It exists in training alone (TabM-mini; Gorishniy, Kotelnikov and Babenko, "TabM", 2024).  Between
the embeddings and the first hidden layer there is no activation, so a submodel is a plain network
whose first matrix is the product of the three: :meth:`EmbeddingNetwork.members` gives them, and
whoever predicts, saves or exports needs to know no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.kernels.tabular.compact_rows import (
    FIRST,
    KIND,
    LEVEL,
    PLACE,
    PLAIN,
    SIZE,
    numbers_of,
)
from fastavg.networks.network import Network
from fastavg.options import is_whole
from fastavg.randomness import generator

Array = NDArray[np.floating]
# Deviation of a level's first numbers: with many categories larger ones would drown the rest.
LEVEL_DEVIATION = 0.3


@dataclass(frozen=True)
class EmbeddingNetwork(Network):
    """The layers that several submodels share, and their own.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units of every layer of a submodel: the table's inputs, the embeddings' numbers, one or
        more hidden layers, outputs.
    activation : str
        Of the hidden layers; submodels share its factors if it has any.
    output : str
        See :class:`fastavg.networks.network.Network`.
    submodels : int
        How many.
    lookups : tuple of tuple of int
        How compact rows stand for the inputs (:mod:`fastavg.kernels.tabular.compact_rows`).
    scaling : bool
        True gives a single submodel an adapter, too: factors of the embedded columns, which
        begin with 1.

    Raises
    ------
    ConfigError
        If a size or the number of submodels is impossible.

    Examples
    --------
    >>> from fastavg.kernels.tabular.compact_rows import LEVEL, PLAIN, table_of
    >>> network = embedding_network(table_of([PLAIN, LEVEL], [1, 7]), 4, (16,), 3, submodels=2)
    >>> network.layer_sizes, network.shapes
    ((8, 8, 16, 3), ((12, 4), (8, 16), (32, 3)))
    >>> network.member.layer_sizes
    (8, 16, 3)
    """

    submodels: int = 8
    lookups: tuple[tuple[int, ...], ...] = ()
    scaling: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_whole(self.submodels, 1):
            raise ConfigError(
                f"submodels is {self.submodels}; it must be a whole number of at least 1"
            )

    @property
    def activations(self) -> tuple[Any, ...]:
        """That of every layer; embeddings and outputs have none."""
        hidden = len(self.layer_sizes) - 3
        return ("identity", *(self.activation,) * hidden, "identity")

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(rows, columns) of every layer's matrix.

        The first one has an embedding in each row, and below them the adapters; the last one
        the submodels' matrices one below the other.
        """
        _, *hidden = super().shapes
        *between, (units, outputs) = hidden
        rows = self.layer_sizes[0] + self.adapters * self.blocks
        return ((rows, self.embedding), *between, (self.submodels * units, outputs))

    @property
    def matrix_parts(self) -> tuple[tuple[tuple[str, int], ...], ...]:
        """What the rows of every layer's matrix are; of the first embeddings, then adapters."""
        (fan_in, _), inputs = self.shapes[0], self.layer_sizes[0]
        first = (("embeddings", inputs), ("scaling", fan_in))
        return (first[: 1 + (fan_in > inputs)], *super().matrix_parts[1:])

    @cached_property
    def pieces(self) -> NDArray[np.int64]:
        """Which block of the embeddings' numbers each part of a compact row becomes.

        See :mod:`fastavg.kernels.tabular.embeddings`.
        """
        found: list[tuple[int, int, int, int]] = []
        for lookup in self.lookups:
            kind, first, size, place = (lookup[at] for at in (KIND, FIRST, SIZE, PLACE))
            if kind == PLAIN:
                found += [(PLAIN, first + at, 1, place + at) for at in range(size)]
            else:
                found.append((kind, first, size, place))
        return np.array([(*piece, block) for block, piece in enumerate(found)], np.int64)

    @property
    def blocks(self) -> int:
        """Numbers, bins and categories that become embeddings, each for itself."""
        return len(self.pieces)

    @property
    def adapters(self) -> int:
        """One for each submodel; a single one has none, unless columns are scaled."""
        return self.submodels if self.submodels > 1 or self.scaling else 0

    @property
    def embedding(self) -> int:
        """Numbers that each of them becomes."""
        return self.layer_sizes[1] // self.blocks

    @property
    def row_numbers(self) -> int:
        """Numbers of a compact row."""
        last = self.lookups[-1]
        return last[PLACE] + numbers_of(last[KIND], last[SIZE])

    @property
    def member(self) -> Network:
        """A submodel as a network of its own, which takes compact rows."""
        inputs, _, *rest = self.layer_sizes
        return Network((inputs, *rest), self.activation, self.output)

    def as_dict(self) -> dict[str, Any]:
        """The network as plain values, for files and messages."""
        made = {**super().as_dict(), "submodels": self.submodels}
        return {**made, "scaling": True} if self.scaling else made

    def start(self, seed: int, init: str) -> Array:
        """First weights.

        Levels are drawn from a normal distribution, a plain number is its embedding's first one,
        and bins begin with zeros; a submodel's adapter of a column is 1 or -1, and that of a
        single submodel 1.

        Parameters
        ----------
        seed : int
            The same seed gives the same weights.
        init : str
            Of hidden layers and heads; see :meth:`Network.initial_weights`.

        Returns
        -------
        array (n_weights,) of float32
        """
        weights = self.initial_weights(seed, init, np.dtype(np.float32))
        random = generator(seed, "embeddings")
        matrix, biases = self.views(weights)[0]
        matrix[:], biases[:] = 0, 0
        for kind, first, count, _, _ in self.pieces.tolist():
            own = matrix[first : first + count]
            if kind == PLAIN:
                own[:, 0] = 1
            elif kind == LEVEL:
                own[:] = LEVEL_DEVIATION * random.standard_normal(own.shape)
        own = matrix[self.layer_sizes[0] :]
        own[:] = random.choice([-1.0, 1.0], (len(own), 1)) if self.submodels > 1 else 1
        # A head is drawn for the inputs that it has, not for those of all heads.
        heads = Network(self.layer_sizes[-2:], output=self.output)
        last, _ = self.views(weights)[-1]
        for number, own in enumerate(np.split(last, self.submodels)):
            drawn = heads.initial_weights(int(random.integers(2**31)) + number, init, last.dtype)
            own[:] = heads.views(drawn)[0][0]
        return weights

    def members(self, weights: Array) -> Array:
        """The weights of each submodel as a network of its own.

        Parameters
        ----------
        weights : array (n_weights,)
            Of the shared network.

        Returns
        -------
        array (submodels, member.n_weights)
            In the layout of :attr:`member`.
        """
        (matrix, shift), (first, biases), *rest = self.views(weights)
        inputs, size, member = self.layer_sizes[0], self.embedding, self.member
        embeddings = matrix[:inputs]
        adapters = np.ones((self.submodels, self.blocks, size), matrix.dtype)
        if self.adapters:
            adapters[:] = matrix[inputs:].reshape(adapters.shape)
        into = first.reshape(self.blocks, size, first.shape[1])
        found = np.empty((self.submodels, member.n_weights), weights.dtype)
        for number, (own, adapter) in enumerate(zip(found, adapters, strict=True)):
            (W, b), *layers = member.views(own)
            W[:] = 0
            for _, at, count, _, block in self.pieces.tolist():
                rows = slice(at, at + count)
                W[rows] = (embeddings[rows] * adapter[block]) @ into[block]
            b[:] = biases + shift @ into[0]
            for (own_W, own_b), (W, b) in zip(layers[:-1], rest[:-1], strict=True):
                own_W[:], own_b[:] = W, b
            (own_W, own_b), (W, b) = layers[-1], rest[-1]
            own_W[:], own_b[:] = np.split(W, self.submodels)[number], b
            # The first of this network's layers are the embeddings, which have no factors.
            for (*_, own_factors), (*_, factors) in zip(
                member.parts(own), self.parts(weights)[1:], strict=True
            ):
                own_factors[:] = factors
        return found


def embedding_network(
    lookups: NDArray[np.int64] | Sequence[Sequence[int]], embedding: int, hidden: Sequence[int],
    outputs: int, activation: str = "relu", output: str = "softmax", submodels: int = 8,
) -> EmbeddingNetwork:
    """The network of so many submodels for compact rows.

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        How compact rows stand for inputs.
    embedding : int
        Numbers that each column becomes.
    hidden : sequence of int
        Units of each hidden layer, one at least.
    outputs : int
        Classes or numbers.
    activation : str
        Of the hidden layers.
    output : str
        See :class:`fastavg.networks.network.Network`.
    submodels : int
        How many.

    Raises
    ------
    ConfigError
        If there is no hidden layer, or a size is impossible.
    """
    if not len(hidden):
        raise ConfigError("submodels share hidden layers; hidden_layer_sizes has none")
    table = tuple(tuple(int(value) for value in lookup) for lookup in lookups)
    width = table[-1][FIRST] + table[-1][SIZE]
    # The sizes need the number of blocks, which the table tells.
    kind = (activation, output, submodels, table)
    made = EmbeddingNetwork((width, 1, *hidden, outputs), *kind)
    return EmbeddingNetwork((width, made.blocks * embedding, *hidden, outputs), *kind)
