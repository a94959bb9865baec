"""The private memory of whoever trains or predicts on sparse rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sparse_rows import SparseRows
from fastavg.kernels.network import layout
from fastavg.losses import Loss
from fastavg.networks.embedding_network import EmbeddingNetwork
from fastavg.networks.embedding_workspace import EmbeddingWorkspace
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace

SPAN_BYTES = 16
# What an entry of a sparse row and a weight that is updated cost, in operations of a product.
ENTRY, UPDATE = 16, 40


class SparseWorkspace(Workspace):
    """A workspace whose first layer takes sparse rows.

    Parameters
    ----------
    X : SparseRows (n_rows, n_features)
        All rows; batches are of these.
    network : Network
        The network.
    rows : int
        The most rows of one batch.
    n_vectors : int, default 0
        Vectors of solver state, each as long as the weights.
    loss : Loss, optional
        What training makes small; the output's own if not given.
    training : bool, default True
        False leaves out what only errors coming back need.
    dropped : sequence of float, default ()
        The part of each hidden layer's outputs that training drops.
    """

    def __init__(
        self, X: SparseRows, network: Network, rows: int, n_vectors: int = 0,
        loss: Loss | None = None, training: bool = True, dropped: Sequence[float] = (),
    ) -> None:
        self.n_inputs = SPAN_BYTES // X.dtype.itemsize
        super().__init__(network, rows, X.dtype, n_vectors, loss, training, dropped)
        self._rows_are_of(X, training)
        fan_in, fan_out = network.shapes[0]
        entries = ENTRY * len(X.values) // max(1, len(X))
        first = entries * fan_out + UPDATE * fan_in * fan_out // rows
        self.flops_per_row += first - 4 * fan_in * fan_out

    def _rows_are_of(self, X: SparseRows, training: bool) -> None:
        from fastavg.kernels.network import sparse_products

        most = X.most_entries(self.rows) if training else 0
        starts = np.zeros(X.n_features + 2 if training else 0, np.int32)
        places, factors = np.zeros(most, np.int32), np.zeros(most, X.dtype)
        # The table knows addresses; who they belong to has to live as long.
        self._entries = X.values, X.features, starts, places, factors
        address = sparse_products.STAGE.address(X.dtype)
        for table in (self.layers, self.back) if training else (self.layers,):
            first = table[0]
            first[layout.PRODUCTS_AT :] = 0
            first[layout.PRODUCTS_AT] = address
            first[sparse_products.SPANS] = self.scratch.blocks.ctypes.data
            first[sparse_products.VALUES] = X.values.ctypes.data
            first[sparse_products.FEATURES] = X.features.ctypes.data
            first[sparse_products.WEIGHTS] = self.theta.ctypes.data
            first[sparse_products.STARTS] = starts.ctypes.data
            first[sparse_products.PLACES] = places.ctypes.data
            first[sparse_products.FACTORS] = factors.ctypes.data
            first[sparse_products.ENTRIES] = len(X.values)
            first[sparse_products.MOST] = most

    def multiply_in_bfloat16(self) -> None:
        """Products of all layers but the first; see :meth:`Workspace.multiply_in_bfloat16`."""
        sparse = self.layers[0, layout.PRODUCTS_AT :].copy()
        super().multiply_in_bfloat16()
        self.layers[0, layout.PRODUCTS_AT :] = self.back[0, layout.PRODUCTS_AT :] = sparse

    def read_weights_of(self, theta: NDArray[np.floating]) -> None:
        """Let the next products take these weights; see :meth:`Workspace.read_weights_of`."""
        from fastavg.kernels.network.called_products import pack_weights

        pack_weights(self.layers, theta)

    def inputs_of(self, X: Any) -> NDArray[np.floating]:
        """Where the entries of each row are; see :meth:`Workspace.inputs_of`."""
        numbers: NDArray[np.floating] = X.as_numbers()
        return numbers


class PackedSparseWorkspace(SparseWorkspace):
    """A sparse workspace whose first layer's weights take no more room than they need.

    For a worker whose weights nobody shares: blocks of rounds and the distances between
    workers count on rows of :func:`~fastavg.networks.workspace.wide_table`.
    """

    packed_layers = 1


def workspace_of(
    X: NDArray[np.floating] | SparseRows, network: Network, rows: int, n_vectors: int = 0,
    loss: Loss | None = None, training: bool = True, dropped: Sequence[float] = (),
) -> Workspace:
    """The workspace for rows of either form.

    Parameters
    ----------
    X : array or SparseRows (n_rows, n_features)
        All rows, in the dtype of the weights.
    network : Network
        The network.
    rows : int
        The most rows of one batch.
    n_vectors : int, default 0
        Vectors of solver state, each as long as the weights.
    loss : Loss, optional
        What training makes small; the output's own if not given.
    training : bool, default True
        False leaves out what only errors coming back need.
    dropped : sequence of float, default ()
        The part of each hidden layer's outputs that training drops.
    """
    if isinstance(X, SparseRows):
        return SparseWorkspace(X, network, rows, n_vectors, loss, training, dropped)
    if isinstance(network, EmbeddingNetwork):
        return EmbeddingWorkspace(network, rows, X.dtype, n_vectors, loss, dropped)
    return Workspace(network, rows, X.dtype, n_vectors, loss, training, dropped)
